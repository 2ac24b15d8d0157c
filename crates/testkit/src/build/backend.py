"""An in-tree PEP 517 back end that needs nothing: it packs PKG-INFO and the modules into a wheel."""
import base64
import hashlib
import os
import zipfile

SKIP = {"PKG-INFO", "pyproject.toml", "_backend", "setup.py"}


def _stem():
    with open("PKG-INFO", encoding="utf-8") as file:
        fields = dict(line.rstrip("\n").split(": ", 1) for line in file if ": " in line)
    name = fields["Name"].lower().replace("-", "_").replace(".", "_")
    return f"{name}-{fields['Version']}"


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _info():
    wheel = b"Wheel-Version: 1.0\nGenerator: packhouse-testkit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return {"METADATA": _read("PKG-INFO"), "WHEEL": wheel}


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = f"{_stem()}.dist-info"
    os.mkdir(os.path.join(metadata_directory, info))
    for name, content in _info().items():
        with open(os.path.join(metadata_directory, info, name), "wb") as file:
            file.write(content)
    return info


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {}
    for entry in sorted(os.listdir(".")):
        if entry in SKIP:
            continue
        if os.path.isdir(entry):
            for folder, _, names in os.walk(entry):
                files.update({os.path.join(folder, name): _read(os.path.join(folder, name)) for name in sorted(names)})
        else:
            files[entry] = _read(entry)
    info = f"{_stem()}.dist-info"
    files.update({f"{info}/{name}": content for name, content in _info().items()})
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    target = f"{_stem()}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, target), "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target
