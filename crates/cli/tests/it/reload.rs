//! A reload in the middle of a renewal.

use yzb_emulator::{Call, ClockMode, Emulator, Fault, FaultKind, World};

use crate::redis::server::Server;
use crate::scratch::Folder;
use crate::service::Service;

const SECRETS: [&str; 2] = ["planted-secret-one", "planted-secret-two"];

/// A service of two apps, whose requests for tokens are under way and take their time.
struct Scene {
    platform: Emulator,
    redis: [Server; 2],
    folder: Folder,
    service: Service,
}

impl Scene {
    fn begin(name: &str) -> Self {
        Self::with(name, Fault::new(FaultKind::Delay))
    }

    fn with(name: &str, delay: Fault) -> Self {
        let world = World::new().app("100027", SECRETS[0]).app("100028", SECRETS[1]);
        let platform = Emulator::builder(world).clock(ClockMode::Real).start().unwrap();
        platform.set_faults(delay.on(Call::ServerToken).milliseconds(1500));
        let (redis, folder) = ([Server::start(), Server::start()], Folder::new(name));
        let text = config(&platform, &redis[0], &SECRETS);
        let service = Service::start(&folder.write("config.yaml", &text));
        let scene = Self { platform, redis, folder, service };
        while scene.platform.calls(Call::ServerToken, None) < 2 {
            std::thread::yield_now();
        }
        scene
    }

    fn reload(&mut self, redis: usize, secrets: &[&str]) {
        let text = config(&self.platform, &self.redis[redis], secrets);
        self.folder.write("config.yaml", &text);
        self.service.signal("HUP");
        self.service.until("the configuration was read again");
    }

    fn record(&self, redis: usize, app_id: &str) -> Option<String> {
        self.redis[redis].get(&format!("type/server_access_token_info/app_id/{app_id}"))
    }

    fn issued(&self, app_id: &str) -> usize {
        self.platform.calls(Call::ServerToken, Some(app_id))
    }
}

fn config(platform: &Emulator, redis: &Server, secrets: &[&str]) -> String {
    let mut text = format!(
        "
storage_redis: {{ host: 127.0.0.1, port: {} }}
oauth_api: {{ get_server_access_token_url: \"{}/OAuth2/token\" }}
service: {{ listen: ['127.0.0.1:0'] }}
log: {{ format: json, level: debug }}
app_info:
",
        redis.port,
        platform.origin()
    );
    for (number, secret) in secrets.iter().enumerate() {
        text += &format!("  - {{ app_id: '10002{}', app_secret: {secret} }}\n", number + 7);
    }
    text
}

#[test]
fn an_app_that_is_removed_while_its_token_is_asked_for_is_not_asked_for_again() {
    let mut scene = Scene::begin("removed-in-flight");
    scene.reload(0, &SECRETS[..1]);
    scene.service.until_ready();
    assert_eq!(scene.service.get("/v1/apps/100028/server-token").0, 404);
    let (_, metrics) = scene.service.get("/metrics");
    assert!(!metrics.contains("yzb_code_expiry_seconds{app_id=\"100028\""), "{metrics}");
    // It comes back, and finds what was under way.
    scene.reload(0, &SECRETS);
    scene.service.until_ready();
    assert_eq!(scene.issued("100028"), 1, "{}", scene.service.log);
    assert_eq!(scene.issued("100027"), 1);
    assert_eq!(scene.service.stop(), Some(0), "{}", scene.service.log);
    assert!(scene.record(0, "100028").is_some());
}

#[test]
fn what_is_under_way_for_an_app_that_is_gone_is_finished_at_the_end_too() {
    let slow = Fault::new(FaultKind::Delay).app("100028");
    let mut scene = Scene::with("removed-and-stopped", slow);
    scene.reload(0, &SECRETS[..1]);
    scene.service.until_ready();
    assert_eq!(scene.service.stop(), Some(0), "{}", scene.service.log);
    assert!(scene.record(0, "100028").is_some(), "{}", scene.service.log);
}

#[test]
fn a_store_that_is_changed_while_a_token_is_asked_for_gets_that_token() {
    let mut scene = Scene::begin("moved-in-flight");
    scene.reload(1, &SECRETS);
    scene.service.until_ready();
    for app_id in ["100027", "100028"] {
        assert_eq!(scene.issued(app_id), 1, "{}", scene.service.log);
        let token = scene.service.field(&format!("/v1/apps/{app_id}/server-token"), "access_token");
        assert!(scene.record(1, app_id).unwrap().contains(&token));
        assert_eq!(scene.platform.calls(Call::JsTicket, Some(app_id)), 1);
    }
    assert_eq!(scene.service.stop(), Some(0), "{}", scene.service.log);
}

#[test]
fn a_secret_that_is_changed_while_a_token_is_asked_for_inherits_that_token() {
    let mut scene = Scene::begin("changed-in-flight");
    // The platform does not know this one yet, so that asking by it would fail.
    scene.reload(0, &["planted-secret-three", SECRETS[1]]);
    scene.service.until_ready();
    for app_id in ["100027", "100028"] {
        assert_eq!(scene.issued(app_id), 1, "{}", scene.service.log);
        assert_eq!(scene.platform.calls(Call::JsTicket, Some(app_id)), 1);
    }
    assert_eq!(scene.service.stop(), Some(0), "{}", scene.service.log);
}

#[test]
fn a_secret_that_is_changed_and_changed_back_while_a_token_is_asked_for_inherits_it_too() {
    let mut scene = Scene::begin("back-in-flight");
    for secret in ["planted-secret-three", SECRETS[0], "planted-secret-four"] {
        scene.reload(0, &[secret, SECRETS[1]]);
    }
    scene.service.until_ready();
    for app_id in ["100027", "100028"] {
        assert_eq!(scene.issued(app_id), 1, "{}", scene.service.log);
    }
    assert_eq!(scene.service.stop(), Some(0), "{}", scene.service.log);
}
