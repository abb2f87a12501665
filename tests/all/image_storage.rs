//! Files in storage: in a bucket as in a folder, found when a bit of them has flipped, swept when nothing names them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hyper_util::rt::TokioIo;
use madoguchi::platform::blob::{BlobError, Blobs, BucketSettings};
use madoguchi::platform::crypto::Random;

use super::image_fixtures::{drawn, jpeg};
use super::images::PERSON;
use super::support::desk::Desk;
use super::support::http::{Client, hidden};

/// An S3 server on a folder, for one bucket.
async fn s3(folder: &Path, bucket: &str) -> SocketAddr {
    std::fs::create_dir_all(folder.join(bucket)).unwrap();
    let mut builder = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(s3s::auth::SimpleAuth::from_single("AKIDTEST", "secret-of-the-test"));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    address
}

fn settings(address: SocketAddr, prefix: &str) -> BucketSettings {
    BucketSettings {
        bucket: "desk".into(),
        prefix: prefix.into(),
        endpoint: format!("http://{address}"),
        region: "us-east-1".into(),
        access_key_id: "AKIDTEST".into(),
        secret_access_key: "secret-of-the-test".into(),
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

/// The blobs below a folder: what has the name of one.
fn blobs_in(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.file_name().unwrap().len() == 64).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_blobs_as_a_folder_does() {
    let folder = tempfile::tempdir().unwrap();
    let address = s3(folder.path(), "desk").await;
    for prefix in ["", "inquiries/2026"] {
        let scratch = folder.path().join("scratch");
        let blobs = Blobs::open_bucket(&settings(address, prefix), &scratch, Random::from_os()).unwrap();
        let name = blobs.put(b"raw mail".to_vec()).await.unwrap();
        assert_eq!(blobs.put(b"raw mail".to_vec()).await.unwrap(), name);
        assert_eq!(blobs.get(&name).await.unwrap().unwrap(), b"raw mail");
        assert_eq!(blobs.get(&"0".repeat(64)).await.unwrap(), None);
        // Larger than one request: in parts.
        let large: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
        let (source, copy) = (large.clone(), blobs.clone());
        let stored = tokio::task::spawn_blocking(move || copy.put_reader_blocking(&mut source.as_slice()));
        let (name_of_large, size) = stored.await.unwrap().unwrap();
        assert_eq!(size, 20_000_000);
        assert!(blobs.get(&name_of_large).await.unwrap().unwrap() == large);
        assert_eq!(files(&scratch), Vec::<PathBuf>::new(), "nothing stays where it was gathered");
        let path = folder.path().join("desk").join(prefix).join(&name[..2]).join(&name);
        std::fs::write(&path, b"raw mall").unwrap();
        assert!(matches!(blobs.get(&name).await, Err(BlobError::Damaged(_))));
        let mut listed: Vec<_> = blobs.list().await.unwrap().into_iter().map(|stored| stored.name).collect();
        listed.sort();
        let mut expected = vec![name.clone(), name_of_large.clone()];
        expected.sort();
        if prefix.is_empty() {
            assert_eq!(listed, expected);
        } else {
            assert!(expected.iter().all(|name| listed.contains(name)));
        }
        blobs.remove(&name).await.unwrap();
        blobs.remove(&name).await.unwrap();
        blobs.remove(&name_of_large).await.unwrap();
        assert_eq!(blobs.get(&name).await.unwrap(), None);
    }
    let wrong = BucketSettings { secret_access_key: "wrong".into(), ..settings(address, "") };
    let blobs = Blobs::open_bucket(&wrong, &folder.path().join("scratch"), Random::from_os()).unwrap();
    assert!(matches!(blobs.put(b"x".to_vec()).await, Err(BlobError::Bucket(_))));
}

/// Sends an image by the form of a running desk and gives the ticket's number.
pub fn send_image(desk: &Desk, picture: &[u8]) -> String {
    let mut client = Client::new(desk.address);
    let form = client.get("/inquiries/image").unwrap();
    let mut fields = hidden(&form.body);
    fields.extend(PERSON.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields.insert("email".into(), "hanako@requester.example".into());
    let confirmation = client.post_file("/inquiries/image", &fields, ("image", "licence.jpg", picture)).unwrap();
    assert_eq!(confirmation.status, 200, "{}", confirmation.body);
    let sent = client.post("/inquiries/image/submit", &hidden(&confirmation.body)).unwrap();
    assert_eq!(sent.status, 303, "{}", sent.body);
    sent.location.strip_prefix("/done/").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_every_flipped_byte_and_names_the_file() {
    let mut desk = Desk::new(None);
    desk.start();
    let picture = jpeg(&drawn(1, 700), 70);
    send_image(&desk, &picture);
    desk.ingest(b"From: a@requester.example\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n");
    desk.stop();
    let told = desk.run(&["verify"]);
    let last = told.last().unwrap();
    assert_eq!((last["wrong"].as_u64(), last["sealed"].as_u64(), last["files"].as_u64()), (Some(0), Some(2), Some(3)));

    let folder = desk.folder().join("var/blobs");
    let all = blobs_in(&folder);
    assert_eq!(all.len(), 3);
    for path in &all {
        let whole = std::fs::read(path).unwrap();
        // At the ends and in between; every single byte is under the hash.
        for at in [0, 7, whole.len() / 2, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x20;
            std::fs::write(path, &flipped).unwrap();
            let output = desk.command(&["verify"]).output().unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(output.status.code(), Some(1), "{name} at {at}");
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(out.contains(name) && err.contains(name), "{name} at {at}: {out} {err}");
        }
        std::fs::remove_file(path).unwrap();
        assert_eq!(desk.command(&["verify"]).output().unwrap().status.code(), Some(1), "a lost file");
        std::fs::write(path, &whole).unwrap();
    }
    assert_eq!(desk.run(&["verify"]).last().unwrap()["wrong"], 0);
    // Another master key opens nothing.
    std::fs::write(desk.folder().join("var/master.key"), "ab".repeat(32)).unwrap();
    let output = desk.command(&["verify"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("secrets.master_key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_keeps_its_images_in_a_bucket_and_sweeps_what_nobody_names() {
    let storage = tempfile::tempdir().unwrap();
    let address = s3(storage.path(), "desk").await;
    let mut desk = Desk::new(None);
    desk.set("STORAGE__URL", "s3://desk/images");
    desk.set("STORAGE__ENDPOINT", &format!("http://{address}"));
    desk.set("SECRETS__S3_ACCESS_KEY_ID", "AKIDTEST");
    desk.set("SECRETS__S3_SECRET_ACCESS_KEY", "secret-of-the-test");
    desk.set("STORAGE__ORPHAN_HOURS", "1");
    let picture = jpeg(&drawn(2, 700), 70);
    let told = tokio::task::spawn_blocking(move || {
        desk.start();
        send_image(&desk, &picture);
        desk.stop();
        let folder = storage.path().join("desk/images");
        assert_eq!(blobs_in(&folder).len(), 2);
        assert!(!desk.folder().join("var/blobs").exists(), "nothing lies beside the database");
        let orphan = folder.join("ab").join(format!("ab{}", "0".repeat(62)));
        std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
        std::fs::write(&orphan, b"left by a crash").unwrap();
        let old = std::fs::metadata(&orphan).unwrap().modified().unwrap() - Duration::from_secs(7_200);
        std::fs::File::options().write(true).open(&orphan).unwrap().set_modified(old).unwrap();
        desk.start();
        let gone = wait_until(|| !orphan.exists());
        desk.stop();
        assert!(gone, "the orphan is swept");
        assert_eq!(blobs_in(&folder).len(), 2, "and nothing else");
        desk.run(&["verify"]).pop().unwrap()
    });
    let told = told.await.unwrap();
    assert_eq!((told["wrong"].as_u64(), told["sealed"].as_u64()), (Some(0), Some(2)));
}

/// Looks again and again for up to 20 s.
fn wait_until(is_so: impl Fn() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if is_so() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_swept_of_what_a_crash_left_and_of_nothing_younger() {
    let mut desk = Desk::new(None);
    desk.start();
    desk.ingest(b"From: a@requester.example\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n");
    desk.stop();
    let folder = desk.folder().join("var/blobs");
    let old_orphan = folder.join("cd").join(format!("cd{}", "1".repeat(62)));
    let young_orphan = folder.join("cd").join(format!("cd{}", "2".repeat(62)));
    let half = folder.join("cd/tmp-half");
    let kept = blobs_in(&folder);
    std::fs::create_dir_all(folder.join("cd")).unwrap();
    for path in [&old_orphan, &young_orphan, &half, &kept[0]] {
        if !path.exists() {
            std::fs::write(path, b"half").unwrap();
        }
        if *path != young_orphan {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            let now: SystemTime = std::fs::metadata(path).unwrap().modified().unwrap();
            file.set_modified(now - Duration::from_secs(3 * 86_400)).unwrap();
        }
    }
    desk.start();
    assert!(wait_until(|| !old_orphan.exists() && !half.exists()));
    desk.stop();
    assert!(young_orphan.exists(), "somebody may be about to name it");
    assert!(kept[0].exists(), "what a row names stays, however old");
}
