//! `madoguchi serve`.

use clap::ValueEnum;

use super::Failure;
use crate::app::{App, Roles, Schema};
use crate::config::Settings;

/// Arguments of `madoguchi serve`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// all, web or worker; several separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    role: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    All,
    Web,
    Worker,
}

/// Runs the desk until SIGTERM or SIGINT.
///
/// # Errors
/// When the desk cannot be opened or the address is taken.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let all = args.role.is_empty() || args.role.contains(&Role::All);
    let roles = Roles { web: all || args.role.contains(&Role::Web), worker: all || args.role.contains(&Role::Worker) };
    let app = App::open(settings, Schema::Migrate).await?;
    app.serve(roles, stop_signal()).await?;
    Ok(())
}

/// Returns when SIGTERM or SIGINT arrives. The handlers are set at the call, before the desk says that it listens: a stop
/// that comes right after that line must find them.
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let streams = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut term), Ok(mut int)) = streams else { return std::future::pending().await };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
}
