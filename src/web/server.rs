//! The accept loop. Our own, because a public desk needs a time limit on headers, a bound on connections and a stop
//! that lets running requests end (axum #2741; SEC-113, REL-041).

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::State;
use super::ctx::Peer;

/// How long a client may take for the head of a request; also the longest idle time between two.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// What the head of a request may have before it is refused without a page; a page says so from far less on, see
/// [`super::frame`].
const HEADER_BYTES: usize = 64 * 1024;
const HEADERS: usize = 1_000;
/// How long running requests may take to end once the desk stops.
const STOP_TIME: Duration = Duration::from_secs(25);
/// Pause after the system refuses a new connection (no file handles left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` returns; then takes no more connections, lets running requests end, and returns within 30 s.
///
/// # Errors
/// When the listener is broken.
pub async fn serve(listener: TcpListener, state: State, stop: impl Future<Output = ()>) -> io::Result<()> {
    let router = super::routes::router(state.clone());
    let places = Arc::new(Semaphore::new(state.settings.server.max_connections));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_header_size(HEADER_BYTES).max_headers(HEADERS);
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = places.clone().acquire_owned() => place.map_err(io::Error::other)?,
        };
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_the_connections_own(&error) => continue,
                Err(error) => {
                    tracing::error!(%error, "no new connection can be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| answer(router.clone(), request, Peer(peer)));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that goes away, or is too slow, is no event of ours.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    state.stop();
    if tokio::time::timeout(STOP_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests had not ended after {} s", STOP_TIME.as_secs());
    }
    Ok(())
}

async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    peer: Peer,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    router.oneshot(request).await
}

fn is_the_connections_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}
