//! Whole calls, to a server on a loopback port. What counts is the CPU time of the thread that
//! calls, with what the kernel does for it; the server has a thread of its own.
#![expect(clippy::unwrap_used, reason = "a benchmark whose exchange fails should stop")]

mod by_hand;
mod server;

use std::process::ExitCode;

use bytes::Bytes;
use tokio::runtime::Runtime;
use yzb_bench::Bench;
use yzb_proto::oauth2::server_token::{IssueServerToken, ServerToken};
use yzb_proto::{AppId, AppSecret};
use yzb_transport::{
    BlockingClient, Client, HyperTransport, Origin, ReqwestTransport, Retry, SharedTransport,
    Transport, UreqTransport,
};

use by_hand::ByHyper;
use server::Server;

const APP_ID: &str = "100027";
const SECRET: &str = "4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e";

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Calls");
    let setting = Setting::new();
    over_hyper(&mut bench, &setting);
    over_reqwest(&mut bench, &setting);
    over_ureq(&mut bench, &setting);
    bench.finish()
}

/// What all rows share.
struct Setting {
    server: Server,
    url: String,
    runtime: Runtime,
    app_id: AppId,
    secret: AppSecret,
}

impl Setting {
    fn new() -> Self {
        let server = Server::start();
        Self {
            url: format!("{}/OAuth2/token", server.origin()),
            server,
            runtime: runtime(),
            app_id: AppId::new(APP_ID).unwrap(),
            secret: AppSecret::new(SECRET).unwrap(),
        }
    }

    fn origin(&self) -> Origin {
        self.server.origin().parse().unwrap()
    }

    fn endpoint(&self) -> IssueServerToken<'_> {
        IssueServerToken { app_id: &self.app_id, secret: &self.secret }
    }

    /// A way to make the call over this transport.
    fn call_over(&self, transport: impl Transport) -> impl FnMut() -> ServerToken {
        let client = Client::new(transport, self.origin());
        move || self.runtime.block_on(client.call(&self.endpoint())).unwrap()
    }

    /// A group is fair only if nobody opens connections while others keep theirs.
    fn expect_kept_connections(&self, before: usize, rows: usize) {
        let made = self.server.connections() - before;
        assert!(made <= rows, "{rows} rows made {made} connections");
    }
}

fn over_hyper(bench: &mut Bench, setting: &Setting) {
    let before = setting.server.connections();
    let (by_hand, bare) = (ByHyper::new(&setting.url), ByHyper::new(&setting.url));
    let mut group = bench.group_by_cpu("a server token, over hyper");
    group.floor("floor: hyper-util's client by hand", || setting.runtime.block_on(by_hand.token()));
    group.row("Client<HyperTransport>", setting.call_over(HyperTransport::new())).at_most(1.1);
    let retry = Retry::new(HyperTransport::new());
    group.row("Client<Retry<HyperTransport>>", setting.call_over(retry));
    let shared = SharedTransport::new(HyperTransport::new());
    group.row("Client<SharedTransport>", setting.call_over(shared));
    group.row("the floor without form and JSON", || {
        setting.runtime.block_on(bare.exchange(Bytes::from_static(b"app_id=100027")))
    });
    group.run();
    setting.expect_kept_connections(before, 5);
}

fn over_reqwest(bench: &mut Bench, setting: &Setting) {
    let before = setting.server.connections();
    let client = by_hand::reqwest_client_builder().build().unwrap();
    let ours = ReqwestTransport::from_builder(by_hand::reqwest_client_builder()).unwrap();
    let mut group = bench.group_by_cpu("a server token, over reqwest");
    group.floor("floor: reqwest by hand", || {
        setting.runtime.block_on(by_hand::token_by_reqwest(&client, &setting.url))
    });
    group.row("Client<ReqwestTransport>", setting.call_over(ours));
    group.run();
    setting.expect_kept_connections(before, 2);
}

fn over_ureq(bench: &mut Bench, setting: &Setting) {
    let before = setting.server.connections();
    let agent = by_hand::ureq_agent();
    let ours = UreqTransport::from_agent(by_hand::ureq_agent());
    let client = BlockingClient::new(ours, setting.origin());
    let mut group = bench.group_by_cpu("a server token, over ureq");
    group.floor("floor: ureq by hand", || by_hand::token_by_ureq(&agent, &setting.url));
    group.row("BlockingClient<UreqTransport>", || client.call(&setting.endpoint()).unwrap());
    group.run();
    setting.expect_kept_connections(before, 2);
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
