"""Records real pages and files of a few projects as fixtures for the fake upstream.

    python3 crates/testkit/record.py [--out tests/fixtures/recorded]

The upstream is the one that the machine's installed pip asks; its address stands nowhere in this
repository. Every registry host in what is written is replaced by `upstream.invalid` or
`files.upstream.invalid`, also inside descriptions; wheels are kept byte for byte, because their
hashes stand on the pages. For each project this makes:

    pages/NAME.html.gz         the project page as given for `Accept: text/html`
    pages/NAME.dated.html.gz   the same page as given when JSON is asked for: with upload times
    projects/NAME.json.gz      the project's JSON API document
    files/*.whl                the newest wheels that CPython on 64-bit Linux installs or that locking needs
"""
import argparse
import gzip
import hashlib
import html
import json
import os
import re
import sys
import urllib.parse

from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI
from pip._internal.network.session import PipSession
from pip._vendor.packaging.utils import InvalidWheelFilename, parse_wheel_filename

# flask's closure, what its lockfiles need for other platforms, and four projects that stand alone.
WITH_FILES = ["flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker",
              "colorama", "six", "certifi", "idna"]
PAGE_ONLY = ["boto3"]  # thousands of files
PYTHONS = ["cp311", "cp312", "cp313", f"cp{sys.version_info[0]}{sys.version_info[1]}"]
JSON_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


def simple_url():
    configuration = Configuration(isolated=False)
    configuration.load()
    found = dict(configuration.items())
    for key in (":env:.index-url", "global.index-url", "install.index-url"):
        if key in found:
            return found[key].rstrip("/")
    return PyPI.simple_url.rstrip("/")


def registry_hosts(upstream):
    """(pattern, replacement) for every host that belongs to a registry pip knows."""
    label = re.escape(PyPI.netloc.split(".")[0])
    storage = re.escape(".".join(PyPI.file_storage_domain.split(".")[-2:]))
    rules = [
        (rf"(?:[a-z0-9-]+\.)*{storage}", "files.upstream.invalid"),
        (rf"(?:[a-z0-9-]+\.)*\b{label}(?:\.[a-z][a-z0-9-]*)+", "upstream.invalid"),
    ]
    own = urllib.parse.urlsplit(upstream).netloc.rsplit("@", 1)[-1]
    rules.append((re.escape(own), "upstream.invalid"))
    return [(re.compile(pattern, re.IGNORECASE), to) for pattern, to in rules]


def anchors(page):
    for attributes, text in re.findall(r"<a\s+([^>]*)>([^<]*)</a>", page):
        found = {key: html.unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', attributes)}
        yield text.strip(), found


def newest_wheels(page):
    """Of the newest final version: the pure wheel, or the manylinux x86_64 one of each Python and the two from
    which metadata is read whatever their platform: the first on the page (Poetry), and the first of those
    for the newest Python (PDM)."""
    wheels = []
    for filename, attributes in anchors(page):
        if "data-yanked" in attributes:
            continue
        try:
            _, version, _, tags = parse_wheel_filename(filename)
        except InvalidWheelFilename:
            continue
        if not version.is_prerelease:
            wheels.append((version, filename, attributes["href"], tags))
    newest = max(version for version, *_ in wheels)
    wheels = [(filename, href, tags) for version, filename, href, tags in wheels if version == newest]
    pure = [(filename, href) for filename, href, tags in wheels
            if any(tag.platform == "any" and tag.interpreter == "py3" for tag in tags)]
    binary = [(filename, href) for filename, href, tags in wheels
              if any(tag.interpreter in PYTHONS and tag.abi == tag.interpreter
                     and tag.platform.startswith("manylinux") and tag.platform.endswith("x86_64") for tag in tags)]
    newest_python = max(wheels, key=lambda wheel: max(python_of(tag) for tag in wheel[2]))
    return pure or list(dict.fromkeys([wheels[0][:2], newest_python[:2], *binary]))


def python_of(tag):
    return int("".join(filter(str.isdigit, tag.interpreter[:5])) or 0), tag.abi


def dated_page(page, answer):
    """The page with upload times: as answered, or put together when the upstream speaks JSON."""
    if "json" not in answer.headers.get("content-type", ""):
        return answer.text
    times = {file["filename"]: file.get("upload-time") for file in answer.json()["files"]}

    def add(match):
        time = times.get(match.group(3).strip())
        return f'<a {match.group(1)} data-upload-time="{time}">{match.group(3)}</a>' if time else match.group(0)

    return re.sub(r"<a\s+(([^>]*))>([^<]*)</a>", add, page)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--out", default=os.path.join(here, "../../tests/fixtures/recorded"))
    out = parser.parse_args().out
    upstream, session = simple_url(), PipSession()
    rules = registry_hosts(upstream)

    def get(url, accept):
        answer = session.get(url, headers={"Accept": accept})
        answer.raise_for_status()
        return answer

    def write(path, text):
        for pattern, to in rules:
            text = pattern.sub(to, text)
        path = os.path.join(out, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as target:
            target.write(gzip.compress(text.encode(), 9, mtime=0))

    for name in WITH_FILES + PAGE_ONLY:
        address = f"{upstream}/{name}/"
        page = get(address, "text/html").text
        write(f"pages/{name}.html.gz", page)
        write(f"pages/{name}.dated.html.gz", dated_page(page, get(address, JSON_ACCEPT)))
        project = get(f"{upstream.rsplit('/', 1)[0]}/pypi/{name}/json", "application/json").json()
        write(f"projects/{name}.json.gz", json.dumps(project, separators=(",", ":"), ensure_ascii=False))
        for filename, href in newest_wheels(page) if name in WITH_FILES else []:
            url, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(address, href))
            content = get(url, "*/*").content
            if fragment != f"sha256={hashlib.sha256(content).hexdigest()}":
                sys.exit(f"{filename}: the page says {fragment}, the file is another one")
            os.makedirs(os.path.join(out, "files"), exist_ok=True)
            with open(os.path.join(out, "files", filename), "wb") as target:
                target.write(content)
            print(filename)


if __name__ == "__main__":
    main()
