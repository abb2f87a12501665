//! The graceful stop: one side says so, every loop hears it between two pieces of work.

use tokio::sync::watch;

/// Says that the desk stops. Dropping it says so too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears that the desk stops. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// The two sides.
pub fn pair() -> (Stopper, Stop) {
    let (send, receive) = watch::channel(false);
    (Stopper(send), Stop(receive))
}

impl Stopper {
    /// Begins the stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the stop has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns when the stop begins.
    pub async fn begun(&self) {
        // An error means that the other side is gone, which is a stop as well.
        let _ = self.0.clone().wait_for(|stopping| *stopping).await;
    }
}
