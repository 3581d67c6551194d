//! The stage: an app, a client that goes over real HTTP, and the emulator as the platform.

use yzb::proto::{
    Answer, AppId, AppSecret, AuthCode, Endpoint, Error, Lifetime, OpenId, UnixSeconds,
};
use yzb::transport::{Client, HyperTransport};
use yzb_emulator::{Emulator, demo};

use super::recorder::Recorder;
use super::transcript::Transcript;

/// Everything a step of the story needs.
pub(super) struct Scene<'a> {
    pub(super) app_id: AppId,
    pub(super) secret: AppSecret,
    pub(super) emulator: &'a Emulator,
    pub(super) transcript: &'a mut Transcript,
    client: Client<Recorder<HyperTransport>>,
}

/// What came back from a call: an answer, or the platform's refusal.
pub(super) type Came<T> = Result<Answer<T>, Error>;

impl<'a> Scene<'a> {
    pub(super) fn new(
        emulator: &'a Emulator,
        transcript: &'a mut Transcript,
    ) -> anyhow::Result<Self> {
        let transport = Recorder::new(HyperTransport::builder().build()?);
        Ok(Self {
            app_id: AppId::new(demo::APP_ID)?,
            secret: AppSecret::new(demo::APP_SECRET)?,
            client: Client::new(transport, emulator.origin().parse()?),
            emulator,
            transcript,
        })
    }

    /// Makes a call, prints what was asked and what came, and judges it: `judge` gives the line for
    /// what came and, if that was as documented, what it means. Gives the output, if there is one.
    ///
    /// # Errors
    ///
    /// The exchange itself failed: then there is no story to go on with.
    pub(super) async fn step<E: Endpoint + Sync>(
        &mut self,
        call: E,
        judge: impl FnOnce(&Came<E::Output>) -> (String, Option<String>),
    ) -> anyhow::Result<Option<E::Output>> {
        let came = match self.client.call_for_answer(&call).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(error.answer().cloned().ok_or(error)?),
        };
        let (line, meaning) = judge(&came);
        let surprise = || match &came {
            Ok(answer) => format!("not what is documented (status {})", answer.status),
            Err(error) => error.to_string(),
        };
        let outcome = match (meaning, &came) {
            (Some(_), Ok(answer)) if !answer.drift.is_empty() => {
                Err(format!("the answer needed forgiveness: {:?}", answer.drift))
            }
            (Some(meaning), _) => Ok(meaning),
            (None, _) => Err(surprise()),
        };
        let asked = self.client.transport().asked();
        self.transcript.step(&asked, &line, &outcome);
        Ok(came.ok().map(|answer| answer.output))
    }

    /// The platform's time.
    pub(super) fn now(&self) -> UnixSeconds {
        UnixSeconds::new(self.emulator.now())
    }

    /// Lets the platform's time pass.
    pub(super) fn wait(&mut self, seconds: u64) {
        self.emulator.advance(seconds);
        self.transcript.aside(&format!("{} pass", Lifetime::from_secs(seconds)));
    }

    /// A code as a page gets it from `yzb.core.requestAuthCode`.
    pub(super) fn page_requests_code(&mut self, open_id: &OpenId) -> anyhow::Result<AuthCode> {
        let code = self.emulator.issue_code(self.app_id.as_str(), open_id.as_str());
        let code = AuthCode::new(&code)?;
        self.transcript.aside(&format!("a page got the code #{}", code.fingerprint()));
        Ok(code)
    }
}
