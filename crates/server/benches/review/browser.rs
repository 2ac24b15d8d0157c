//! A headless Chromium, told what to do over a pipe (`--remote-debugging-pipe`, the protocol of the developer tools).

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Asked of the page once it is loaded; `loadEventEnd` is 0 until then.
const TIMES: &str = "JSON.stringify({ load: performance.getEntriesByType('navigation')[0].loadEventEnd, \
    interactive: performance.getEntriesByType('navigation')[0].domInteractive, \
    painted: (performance.getEntriesByType('paint').find(e => e.name === 'first-contentful-paint') || {}).startTime, \
    elements: document.getElementsByTagName('*').length })";

pub(crate) struct Browser {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
    last: u64,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None` where there is none.
    pub(crate) fn start() -> Result<Option<Self>, Box<dyn Error>> {
        let is_there = |name: &&str| {
            let found =
                Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            found.is_ok_and(|status| status.success())
        };
        let Some(name) = NAMES.into_iter().find(is_there) else { return Ok(None) };
        let profile = tempfile::tempdir()?;
        // Chromium reads commands from descriptor 3 and answers on 4.
        let script = format!(
            "exec {name} --headless=new --no-sandbox --disable-gpu --no-first-run --remote-debugging-pipe \
             --user-data-dir=\"$0\" about:blank 3<&0 4>&1 >/dev/null 2>&1"
        );
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(tell), Some(hear)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("chromium has no pipes".into());
        };
        let (hear, session) = (BufReader::new(hear), String::new());
        let mut browser = Self { child, tell, hear, last: 0, session, _profile: profile };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach)?;
        attached["sessionId"].as_str().unwrap_or_default().clone_into(&mut browser.session);
        browser.call("Page.enable", &json!({}))?;
        Ok(Some(browser))
    }

    /// Opens a page and waits until it is loaded; milliseconds since the navigation began.
    pub(crate) fn open(&mut self, url: &str) -> Result<Value, Box<dyn Error>> {
        self.call("Page.navigate", &json!({ "url": url }))?;
        self.wait("Page.loadEventFired")?;
        loop {
            let found = self.call("Runtime.evaluate", &json!({ "expression": TIMES }))?;
            let text = found["result"]["value"].as_str().ok_or("the page gives no times")?;
            let times: Value = serde_json::from_str(text)?;
            if times["load"].as_f64().is_some_and(|load| load > 0.0) {
                return Ok(times);
            }
        }
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value, Box<dyn Error>> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        write!(self.tell, "{message}\0")?;
        self.tell.flush()?;
        loop {
            let mut answer = self.hear()?;
            if answer["id"] == self.last {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}").into()),
                    None => Ok(answer["result"].take()),
                };
            }
        }
    }

    fn wait(&mut self, event: &str) -> Result<(), Box<dyn Error>> {
        while self.hear()?["method"] != event {}
        Ok(())
    }

    fn hear(&mut self) -> Result<Value, Box<dyn Error>> {
        let mut message = Vec::new();
        if self.hear.read_until(0, &mut message)? == 0 {
            return Err("chromium has ended".into());
        }
        Ok(serde_json::from_slice(message.strip_suffix(b"\0").unwrap_or(&message))?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
