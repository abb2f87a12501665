//! Twenty uploads of 9.9 MB at once: what they cost in memory, and what other pages notice.

use std::time::{Duration, Instant};

use image::RgbImage;

use crate::image_fixtures::{grainy, jpeg, licence, padded, scaled};
use crate::image_storage::send_image;
use crate::support::desk::Desk;
use crate::support::http::Client;

/// Memory of a process in kB, by its name in /proc.
fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

/// A photograph of three million pixels, made 9.9 MB large: a debug build decodes it in about a second.
fn photograph() -> Vec<u8> {
    let tile = grainy(&scaled(&licence(1), 1_344), 1, 9);
    let page = RgbImage::from_fn(2_016, 1_512, |x, y| *tile.get_pixel(x % tile.width(), y % tile.height()));
    let picture = jpeg(&page, 80);
    assert!(picture.len() < 9_900_000, "{}", picture.len());
    padded(&picture, 9_900_000)
}

/// The times of the landing page, fetched until `is_over`; the 99th of 100.
fn p99_until(desk: &Desk, is_over: impl Fn() -> bool) -> (usize, Duration) {
    let mut client = Client::new(desk.address);
    let mut times = Vec::new();
    while !is_over() {
        let begun = Instant::now();
        assert_eq!(client.get("/").unwrap().status, 200);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    (times.len(), times[times.len() * 99 / 100])
}

#[test]
fn sec_043_twenty_uploads_at_once_stay_within_two_hundred_megabytes() {
    let mut desk = Desk::new(None);
    desk.start();
    let picture = photograph();
    // Warm: whatever is made once is there.
    send_image(&desk, &picture);
    let quiet_begun = Instant::now();
    let (_, quiet) = p99_until(&desk, || quiet_begun.elapsed() > Duration::from_secs(2));
    // Forget the peak so far.
    std::fs::write(format!("/proc/{}/clear_refs", desk.pid()), "5").unwrap();
    let before = memory(desk.pid(), "VmRSS");
    let begun = Instant::now();
    let (seen, p99) = std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..20).map(|_| scope.spawn(|| send_image(&desk, &picture))).collect();
        let measured = p99_until(&desk, || uploads.iter().all(std::thread::ScopedJoinHandle::is_finished));
        uploads.into_iter().for_each(|upload| drop(upload.join().unwrap()));
        measured
    });
    let more = memory(desk.pid(), "VmHWM").saturating_sub(before) / 1_024;
    eprintln!(
        "20 uploads of 9.9 MB in {:.1} s: {more} MB more memory; landing page p99 {p99:?} ({seen} fetches), quiet {quiet:?}",
        begun.elapsed().as_secs_f64()
    );
    assert!(more < 200, "{more} MB more memory");
    desk.stop();
}
