//! A mail server of a few lines that does what a test tells it: accept, refuse at a verb, cut the line, stand still.
//! Each accepted message is logged before its 250.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What to do at a verb.
#[derive(Debug, Clone)]
pub enum Act {
    /// Go on.
    Accept,
    /// Answer with this line.
    Say(&'static str),
    /// Close the connection without an answer.
    Cut,
    /// Never answer.
    Stall,
}

/// A message as it was accepted.
#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// After the dots were unstuffed.
    pub bytes: Vec<u8>,
}

impl Taken {
    /// The field's first line.
    pub fn field(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let field = head.lines().find(|l| l.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
        field.and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned())
    }
}

type Script = Arc<dyn Fn(&str, usize) -> Act + Send + Sync>;

/// The running server.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    verbs: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Starts one. The script is asked at each step (`BANNER`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `DOT`, `QUIT`) with the
    /// number of times that step came before.
    pub async fn start(script: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self { address: listener.local_addr().unwrap(), taken: Arc::default(), verbs: Arc::default() };
        let (running, script): (Sink, Script) = (sink.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sink, script) = (running.clone(), script.clone());
                tokio::spawn(async move { sink.serve(stream, script).await });
            }
        });
        sink
    }

    /// Everything accepted so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How often a verb came.
    pub fn count(&self, verb: &str) -> usize {
        self.verbs.lock().unwrap().iter().filter(|v| *v == verb).count()
    }

    /// What `mail.outbound_url` must be.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    fn act(&self, verb: &str, script: &Script) -> Act {
        let mut verbs = self.verbs.lock().unwrap();
        let before = verbs.iter().filter(|v| *v == verb).count();
        verbs.push(verb.to_owned());
        script(verb, before)
    }

    async fn serve(&self, stream: TcpStream, script: Script) {
        let mut stream = BufReader::new(stream);
        if !answer(&mut stream, self.act("BANNER", &script), "220 sink").await {
            return;
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            let act = self.act(&verb, &script);
            let usual = match verb.as_str() {
                "EHLO" => "250-sink\r\n250 8BITMIME",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            let refused = matches!(act, Act::Say(_));
            if !answer(&mut stream, act, usual).await || verb == "QUIT" {
                return;
            }
            if refused {
                continue;
            }
            match verb.as_str() {
                "MAIL" => (from, to) = (line.trim().to_owned(), Vec::new()),
                "RCPT" => to.push(line.trim().to_owned()),
                "DATA" => {
                    let Some(bytes) = content(&mut stream).await else { return };
                    let act = self.act("DOT", &script);
                    if !matches!(act, Act::Say(_)) {
                        self.taken.lock().unwrap().push(Taken { from: from.clone(), to: to.clone(), bytes });
                    }
                    if !answer(&mut stream, act, "250 taken").await {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

async fn answer(stream: &mut BufReader<TcpStream>, act: Act, usual: &str) -> bool {
    let line = match act {
        Act::Accept => usual,
        Act::Say(line) => line,
        Act::Cut => return false,
        Act::Stall => {
            tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
            return false;
        }
    };
    stream.write_all(format!("{line}\r\n").as_bytes()).await.is_ok()
}

/// Reads up to the dot; `None` when the line was cut before.
async fn content(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
