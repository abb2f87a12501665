//! Chromium, driven by chromedriver, and what every page is held to: axe without a finding, no sideways scroll, no
//! control cut off by its card.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

/// A browser with a profile of its own.
pub struct Browser {
    pub client: Client,
    driver: Child,
    profile: tempfile::TempDir,
    axe: Option<String>,
    /// What was found wrong on the pages so far.
    pub findings: Vec<String>,
}

/// A command of Chromium's own protocol, which WebDriver has no word for.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(self.0.to_string()))
    }
}

const AXE: &str = "const done = arguments[arguments.length - 1]; axe.run(document, {runOnly: {type: 'tag', values: \
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}}).then(r => done(r.violations.map(\
    v => v.id + ' at ' + v.nodes.map(n => n.target.join(' ')).join(', '))), e => done([String(e)]));";

/// Marks the page and tells whether pressing the element leads to another: it submits a form, or links elsewhere.
const LEAVES: &str = "const e = arguments[0].closest('a, button, input') ?? arguments[0]; window.pressedHere = true; \
    const page = url => url.split('#')[0]; \
    return e.tagName === 'A' ? e.target === '' && !e.download && page(e.href) !== page(location.href) \
        : e.type === 'submit' && e.form !== null && e.form.method !== 'dialog';";
/// Whether the page that was marked has made way for another one, which stands.
const ARRIVED: &str = "return window.pressedHere === undefined && document.readyState === 'complete';";

/// What can be pressed or filled in and does not lie whole within the page and within every box around it that cuts off or
/// scrolls what is wider: nobody looks for a button beside the card.
const CUT_OFF: &str = "const seen = []; const wide = document.documentElement.clientWidth; \
    for (const e of document.querySelectorAll('main a[href], nav a[href], button, input:not([type=hidden]), select, textarea, summary')) { \
        const box = e.getBoundingClientRect(); \
        if (box.width < 2 || box.height < 2 || !e.checkVisibility({ visibilityProperty: true }) || e.closest('.skip, .vh')) continue; \
        let [left, right] = [0, wide]; \
        for (let a = e.parentElement; a && a !== document.body; a = a.parentElement) { \
            if (getComputedStyle(a).overflowX === 'visible') continue; \
            const card = a.getBoundingClientRect(); \
            left = Math.max(left, card.left); right = Math.min(right, card.right); \
        } \
        if (box.left < left - 1 || box.right > right + 1) \
            seen.push((e.name || e.textContent.trim() || e.tagName).slice(0, 30) + ' ' + Math.round(box.left) + '-' + Math.round(box.right) \
                + ' of ' + Math.round(left) + '-' + Math.round(right)); \
    } return seen.slice(0, 5);";

impl Browser {
    /// A browser, or `None` where there is none and `tests/run` did not ask for everything.
    pub async fn start() -> Option<Self> {
        // Two that start at once may choose the same port: the one that loses tries again.
        for _ in 0..4 {
            match Self::try_start().await {
                Ok(browser) => return browser,
                Err(ended) => eprintln!("{ended}"),
            }
        }
        panic!("chromedriver does not stay up");
    }

    async fn try_start() -> Result<Option<Self>, &'static str> {
        let needs_all = std::env::var_os("MADOGUCHI_TEST_NEEDS_ALL").is_some();
        let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = match spawned {
            Ok(driver) => driver,
            Err(error) => {
                assert!(!needs_all, "chromedriver does not start: {error}");
                eprintln!("chromedriver does not start ({error}): the browser is left out");
                return Ok(None);
            }
        };
        let mut out = BufReader::new(driver.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            if out.read_line(&mut line).unwrap() == 0 {
                let _ = driver.wait();
                return Err("chromedriver ended");
            }
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        // Its talk must go somewhere, or it stops when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=ja",
            "--window-size=1280,1000",
            &folder,
        ];
        let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
        let client = ClientBuilder::rustls()
            .unwrap()
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let axe = std::env::var_os("MADOGUCHI_TEST_AXE").map(|path| std::fs::read_to_string(path).unwrap());
        assert!(axe.is_some() || !needs_all, "MADOGUCHI_TEST_AXE is not set");
        Ok(Some(Self { client, driver, profile, axe, findings: Vec::new() }))
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Types into a field what is to stand there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.client.find(Locator::Css(&format!("[name={name}]:not([type=hidden])"))).await;
        let field = field.unwrap_or_else(|error| panic!("no field {name}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses what the selector finds first. What leads to another page is waited for until that page stands: the
    /// driver's own click may return while the old one is still there.
    pub async fn press(&self, selector: &str) {
        let found = self.client.find(Locator::Css(selector)).await;
        let found = found.unwrap_or_else(|error| panic!("nothing to press at {selector}: {error}"));
        let element = serde_json::to_value(&found).unwrap();
        let leaves = self.client.execute(LEAVES, vec![element]).await.unwrap() == Value::Bool(true);
        found.click().await.unwrap();
        if leaves {
            let arrived = async {
                let mut look = tokio::time::interval(Duration::from_millis(20));
                // An error says that the old page has just gone and the new one is not there yet.
                while self.client.execute(ARRIVED, vec![]).await.ok() != Some(Value::Bool(true)) {
                    look.tick().await;
                }
            };
            let arrived = tokio::time::timeout(Duration::from_secs(30), arrived).await;
            arrived.unwrap_or_else(|_| panic!("no page came after pressing {selector}"));
        }
    }

    /// The first sign-in: opens the one-time link, gives a name, an address and a password, and stands on the queue.
    pub async fn sign_in_first(&mut self, link: &str) {
        self.open(link).await;
        self.examine("first sign-in").await;
        for (name, text) in [
            ("name", "伊藤"),
            ("email", "first@desk.example.jp"),
            ("password", "four quiet words here"),
            ("password_again", "four quiet words here"),
        ] {
            self.fill(name, text).await;
        }
        self.press("main form button").await;
    }

    /// Changes the language of the person who is signed in, `ja` or `en`.
    pub async fn staff_language(&self, base: &str, lang: &str) {
        self.open(&format!("{base}/staff/settings")).await;
        let choose = "const field = document.querySelector('[name=lang]'); field.value = arguments[0];";
        self.client.execute(choose, vec![json!(lang)]).await.unwrap();
        self.press("form:has([name=lang]) button").await;
        assert!(self.client.source().await.unwrap().contains(&format!("<html lang=\"{lang}\"")), "still not {lang}");
    }

    /// The text a person sees at the selector.
    pub async fn text(&self, selector: &str) -> String {
        let found = self.client.find(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("nothing at {selector}: {error}")).text().await.unwrap()
    }

    /// Holds the page to its promises on a wide and on a narrow screen.
    pub async fn examine(&mut self, name: &str) {
        for width in [1280, 375] {
            let screen = json!({ "width": width, "height": if std::env::var_os("MADOGUCHI_TEST_SHOTS").is_some() { 2_400 } else { 900 }, "deviceScaleFactor": 1, "mobile": width < 500 });
            self.tell("Emulation.setDeviceMetricsOverride", screen).await;
            // For people: what the pages look like, one picture each.
            if let Ok(folder) = std::env::var("MADOGUCHI_TEST_SHOTS") {
                let picture = self.client.screenshot().await.unwrap();
                let file = format!("{}-{width}.png", name.replace(['/', '?', '='], "_"));
                std::fs::write(std::path::Path::new(&folder).join(file), picture).unwrap();
            }
            let sideways = "return document.documentElement.scrollWidth > document.documentElement.clientWidth;";
            if self.client.execute(sideways, vec![]).await.unwrap() == Value::Bool(true) {
                self.findings.push(format!("{name} at {width}: scrolls sideways"));
            }
            let cut_off = self.client.execute(CUT_OFF, vec![]).await.unwrap();
            let cut_off = cut_off.as_array().unwrap().iter();
            self.findings
                .extend(cut_off.map(|c| format!("{name} at {width}: cut off: {}", c.as_str().unwrap_or_default())));
            let Some(axe) = &self.axe else { continue };
            self.client.execute(axe, vec![]).await.unwrap();
            let found = self.client.execute_async(AXE, vec![]).await.unwrap();
            let found = found.as_array().unwrap().iter();
            self.findings.extend(found.map(|v| format!("{name} at {width}: {}", v.as_str().unwrap_or_default())));
        }
        self.tell("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn tell(&self, command: &str, parameters: Value) {
        self.client.issue_cmd(DevTools(json!({ "cmd": command, "params": parameters }))).await.unwrap();
    }

    /// Closes the window and ends the driver.
    pub async fn close(mut self) -> Vec<String> {
        let _ = self.client.clone().close().await;
        std::mem::take(&mut self.findings)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // Chromium outlives its driver; all its processes name the folder of the profile.
        let profile = format!("user-data-dir={}", self.profile.path().display());
        let _ = Command::new("pkill").args(["-KILL", "-f", "--", &profile]).status();
    }
}
