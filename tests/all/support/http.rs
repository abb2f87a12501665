//! A small HTTP/1.1 client on one kept connection: it blocks, keeps cookies, and fills in forms from the page before.
//! Shared by the tests that need the real binary and by `benches/desk.rs`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What the server answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: String,
}

/// A client of one server.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// A client without a connection yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connection: None, cookies: BTreeMap::new() }
    }

    /// Fetches a page.
    pub fn get(&mut self, path: &str) -> std::io::Result<Answer> {
        self.send("GET", path, "")
    }

    /// Sends a form.
    pub fn post(&mut self, path: &str, fields: &BTreeMap<String, String>) -> std::io::Result<Answer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &body)
    }

    /// Sends a form with a file: (field, name, bytes).
    pub fn post_file(
        &mut self,
        path: &str,
        fields: &BTreeMap<String, String>,
        file: (&str, &str, &[u8]),
    ) -> std::io::Result<Answer> {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let (field, name, bytes) = file;
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n--B--\r\n");
        self.exchange("POST", path, "multipart/form-data; boundary=B", &body)
    }

    /// Sends a form whose body is written already.
    pub fn send(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        let answer = self.exchange(method, path, "application/x-www-form-urlencoded", body.as_bytes());
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> std::io::Result<Answer> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(300)))?;
                none.insert(BufReader::new(stream))
            }
        };
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if !cookies.is_empty() {
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        if method == "POST" {
            request += &format!("Content-Type: {kind}\r\n");
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        connection.get_mut().write_all(request.as_bytes())?;
        connection.get_mut().write_all(body)?;
        read_answer(connection, &mut self.cookies)
    }
}

fn read_answer(
    connection: &mut BufReader<TcpStream>,
    cookies: &mut BTreeMap<String, String>,
) -> std::io::Result<Answer> {
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut answer = Answer::default();
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(cut());
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if answer.status == 0 {
            answer.status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(cut)?;
            continue;
        }
        let Some((name, value)) = text.split_once(": ") else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| cut())?,
            "location" => answer.location = value.to_owned(),
            "set-cookie" => {
                if let Some((name, value)) = value.split(';').next().and_then(|pair| pair.split_once('=')) {
                    cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

/// The hidden inputs of a page. Of two with one name the first counts.
pub fn hidden(page: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for tag in page.split("<input ").skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let attribute = |name: &str| {
            let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
            tag.get(start..)?.split('"').next().map(unescape)
        };
        if attribute("type").as_deref() == Some("hidden")
            && let (Some(name), Some(value)) = (attribute("name"), attribute("value"))
        {
            found.entry(name).or_insert(value);
        }
    }
    found
}

fn unescape(text: &str) -> String {
    let pairs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The fields of an inquiry that a person types, number `n`.
pub fn typed(n: u64) -> BTreeMap<String, String> {
    let number = format!("{}", 100_000 + n % 800_000);
    let email = format!("r{n}@requester.example");
    let body = format!(
        "ログインIDがわからなくなりました。{n} 回目のお問い合わせです。登録のメールアドレスは変わっていません。"
    );
    [
        ("registration_number", number.as_str()),
        ("birth_era", "seireki"),
        ("birth_year", "1996"),
        ("birth_month", "4"),
        ("birth_day", "21"),
        ("family_name", "山田"),
        ("given_name", "花子"),
        ("family_kana", "ヤマダ"),
        ("given_kana", "ハナコ"),
        ("email", &email),
        ("subject", "ログインIDについて"),
        ("body", &body),
    ]
    .iter()
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect()
}
