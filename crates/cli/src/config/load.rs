//! A configuration with its secrets: what the service and the commands begin with.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::aside::aside;
use super::exposed::exposed;
use super::report::{Found, report};
use super::{Config, Follow, Place, Problem, Secret, Severity, Sources, yaml};
use crate::environment::Environment;

/// A configuration that can be used, and the secrets that it names.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The file, or how people call what was there in its place.
    pub(crate) name: String,
    /// What relative paths are relative to.
    pub(crate) folder: PathBuf,
    /// With what it can be used, and probably does something other than was meant.
    pub(crate) warnings: Vec<Problem>,
    found: Found,
}

/// There is no configuration that can be used.
#[derive(Debug)]
pub(crate) struct Unusable {
    name: String,
    pub(crate) problems: Vec<Problem>,
}

/// Where a configuration is.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    File(PathBuf),
    /// It was put together from environment variables, by the names that the help tells.
    Variables,
}

impl Origin {
    /// The file that is named, by the argument or by `YZB_CONFIG`; else `config.yaml` here; else
    /// the environment's variables, if they name an app.
    pub(crate) fn find(named: Option<&Path>, environment: &Environment) -> Self {
        let file = super::file(named, environment);
        let is_named =
            named.is_some() || environment.text("YZB_CONFIG").is_some_and(|it| !it.is_empty());
        if !is_named && !file.exists() && environment.find("YZB_APP_ID").is_some() {
            return Self::Variables;
        }
        Self::File(file)
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Variables => "the environment".to_owned(),
        }
    }

    async fn bytes(&self, environment: &Environment) -> io::Result<Vec<u8>> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                aside(move || read(&path)).await
            }
            Self::Variables => Ok(from_variables(environment).to_string().into_bytes()),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::File(path) => path.parent().unwrap_or(Path::new("")),
            Self::Variables => Path::new(""),
        }
    }
}

impl Loaded {
    /// Reads it, and looks up every secret, wherever it stands.
    ///
    /// # Errors
    ///
    /// It cannot be read, has an error, or names a secret that is not to be had. The error says all
    /// that is wrong at once, and quotes nothing.
    pub(crate) async fn load(origin: &Origin, environment: &Environment) -> Result<Self, Unusable> {
        let name = origin.name();
        let bytes = match origin.bytes(environment).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(Unusable { name, problems: vec![unreadable(&error)] }),
        };
        let reading = Config::read(&bytes);
        let mut problems = reading.problems;
        let Some(config) = reading.config else { return Err(Unusable { name, problems }) };
        let folder = origin.folder().to_owned();
        let sources =
            Sources { environment, folder: &folder, command_limit: Secret::COMMAND_LIMIT };
        let (found, wrong) = look_up(&config, &sources, Follow::Run).await;
        problems.extend(wrong);
        if let Origin::File(file) = origin {
            problems.extend(exposed(&config, file, &sources, Follow::Run));
        }
        problems.sort_by_key(|problem| problem.place);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Unusable { name, problems });
        }
        Ok(Self { config, name, folder, warnings: problems, found })
    }

    /// A secret of this configuration.
    pub(crate) fn secret(&self, secret: &Secret) -> &str {
        self.found.of(secret).unwrap_or_default()
    }

    /// Everything on which all apps stand: whether two are the same in it says whether what runs can
    /// go on.
    pub(crate) fn ground(&self) -> impl PartialEq + use<> {
        let mut shown = report(&self.config, &self.found);
        let parts = ["platform", "store", "policy"].map(|part| shown[part].take());
        let of_platform = self.config.platform.route.secret().into_iter();
        let secrets = of_platform.chain(self.config.store.secrets());
        let secrets: Vec<_> = secrets.map(|secret| self.secret(secret).to_owned()).collect();
        (parts, secrets)
    }

    /// What is only read when the program starts.
    pub(crate) fn fixed(&self) -> impl PartialEq + use<> {
        let mut shown = report(&self.config, &self.found);
        let tokens = self.config.service.bearer_tokens.iter();
        let tokens: Vec<_> = tokens.map(|bearer| self.secret(&bearer.token).to_owned()).collect();
        (["service", "log"].map(|part| shown[part].take()), tokens)
    }
}

/// Looks up the secrets, as far as they are followed, and the files that are named.
pub(super) async fn look_up(
    config: &Config,
    sources: &Sources<'_>,
    follow: Follow,
) -> (Found, Vec<Problem>) {
    let (mut found, mut problems) = (Found::default(), Vec::new());
    for secret in config.secrets().into_iter().filter(|secret| secret.is_within(follow)) {
        match secret.resolve(sources).await {
            Ok(value) => found.add(secret, value),
            Err(error) => problems.push(error.problem(secret.place, &secret.path)),
        }
    }
    if follow > Follow::None {
        for file in config.ca_files() {
            problems.extend(file.problem(sources.folder).await);
        }
    }
    (found, problems)
}

/// No more than one byte beyond what may be in it.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = yaml::LONGEST as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn unreadable(error: &io::Error) -> Problem {
    let (what, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (
            "there is no such file",
            "name it by --config or YZB_CONFIG; `yzb config example` prints one to begin with",
        ),
        io::ErrorKind::PermissionDenied => {
            ("the file may not be read", "let the user of this program read it")
        }
        _ => ("the file cannot be read", "check that it is a file, on a disk that works"),
    };
    Problem::error(Place::default(), "", what, remedy)
}

/// The variables as a file would say them. Which are missing is found when that is read.
fn from_variables(environment: &Environment) -> Value {
    let by_name = |name: &str| environment.find(name).map(|_| json!({ "env": name }));
    let app = json!({
        "app_id": environment.text("YZB_APP_ID"),
        "app_secret": { "env": "YZB_APP_SECRET" },
    });
    let mut config = json!({ "app_info": [app] });
    match (by_name("YZB_REDIS_URL"), environment.text("YZB_STATE_DIRECTORY")) {
        (Some(url), _) => config["store"] = json!({ "redis": { "url": url } }),
        (None, Some(folder)) => config["store"] = json!({ "directory": folder }),
        (None, None) => {}
    }
    if let Some(origin) = environment.text("YZB_ORIGIN") {
        let url = format!("{}/OAuth2/token", origin.trim_end_matches('/'));
        config["oauth_api"] = json!({ "get_server_access_token_url": url });
    }
    if let Some(proxy) = by_name("YZB_PROXY") {
        config["proxies"] = json!({ "http": proxy.clone(), "https": proxy });
    }
    config
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used")?;
        lines(&self.name, &self.problems).try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Unusable {}

/// `config.yaml:12:5: error: …`, a line for each problem, as editors and CI systems read it.
pub(crate) fn lines(name: &str, problems: &[Problem]) -> impl Iterator<Item = String> {
    problems.iter().map(move |problem| {
        let behind: Cow<'_, str> = if problem.place.line > 0 { ":".into() } else { ": ".into() };
        format!("{name}{behind}{problem}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn load(variables: Environment) -> Result<Loaded, String> {
        let origin = Origin::find(None, &variables);
        Loaded::load(&origin, &variables).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn an_app_alone_is_configured_by_variables() {
        let loaded = load(Environment::from([
            ("YZB_APP_ID", "100027"),
            ("YZB_APP_SECRET", "planted"),
            ("YZB_STATE_DIRECTORY", "state"),
            ("YZB_ORIGIN", "http://127.0.0.1:1"),
        ]))
        .await
        .unwrap();
        assert_eq!(loaded.config.apps[0].id.as_str(), "100027");
        assert_eq!(loaded.secret(&loaded.config.apps[0].secret), "planted");
        assert_eq!(loaded.config.platform.origin.to_string(), "http://127.0.0.1:1");
        assert!(!format!("{loaded:?}").contains("planted"));
    }

    #[tokio::test]
    async fn a_variable_that_is_missing_is_told() {
        let error = load(Environment::from([("YZB_APP_ID", "100027")])).await.unwrap_err();
        assert!(error.contains("the environment"), "{error}");
        assert!(error.contains("store"), "{error}");
    }
}
