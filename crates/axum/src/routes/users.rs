//! `GET /v1/apps/{app_id}/users…`: what is asked about users with the server's token.

use axum::extract::{FromRequestParts, RawQuery};
use axum::http::request::Parts;
use serde_json::{Value, json};
use yzb::{BaseInfoAccess, OpenId, UserId};

use super::{AppAt, Json, NoQuery, asking_problems, invalid};
use crate::operation::{Access, Answer, Operation, Parameter, Route, Verb};
use crate::service::Shared;
use crate::shape::shape;
use crate::{Problem, ProblemKind, input};

/// The most users of a page, and how many unless said.
const MOST: u32 = 100;

shape! { answer
    /// How many users have added the app.
    UserCountAnswer {
        /// That many.
        count: u64,
    }
}

shape! { answer
    /// One page of the users who have added the app.
    UserListAnswer {
        /// The users. No user is the end; fewer than were asked for are not.
        users: Vec<ListedUser>,
    }
}

shape! { answer
    /// One row of the list.
    ListedUser {
        /// The row's id: what the next page starts `after`.
        id: String,
        /// The user, as this app knows them.
        open_id: String,
    }
}

shape! { answer
    /// A user's base info, if they granted it.
    BaseInfoAnswer {
        /// Whether they granted it. If not, the rest is left out.
        granted: bool,
        /// The nick: any text.
        nick: Option<String>,
        /// The avatar's URL, as the platform wrote it.
        avatar: Option<String>,
        /// 1 male, 2 female, 3 unknown; or what else the platform says.
        sex: Option<String>,
    }
}

shape! { answer
    /// What a user granted the app.
    AccessAnswer {
        /// The scopes.
        scopes: Vec<String>,
    }
}

shape! { answer
    /// Whether a user has added the app.
    IsAddedAnswer {
        /// Whether they have.
        is_added: bool,
    }
}

/// The user that the path names.
struct UserAt(OpenId);

impl FromRequestParts<Shared> for UserAt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let open_id = input::path_value(parts, "open_id").await?;
        OpenId::new(&open_id).map(Self).map_err(|error| invalid(&error))
    }
}

pub(super) fn all() -> [Route; 5] {
    [count(), list(), base_info(), access(), is_added()]
}

const fn about_user(path: &'static str, id: &'static str, answer: Answer) -> Operation {
    Operation {
        verb: Verb::Get,
        path,
        id,
        summary: answer.about,
        about: "The `open_id` is percent-encoded: the platform's own have `/` and `+` in them.",
        access: Access::Token,
        query: &[],
        body: None,
        answer,
        problems: asking_problems!(NoServerToken, InvalidArgument, UserMustAct),
    }
}

fn count() -> Route {
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/apps/{app_id}/user-count",
        id: "userCount",
        summary: "How many users have added the app",
        about: "",
        access: Access::Token,
        query: &[],
        body: None,
        answer: Answer::json::<UserCountAnswer>("The number."),
        problems: asking_problems!(NoServerToken),
    };
    Route::new(operation, async |AppAt(entry): AppAt, _: NoQuery| {
        let count = entry.app().user_count().await?;
        Ok::<_, Problem>(Json(UserCountAnswer { count }))
    })
}

fn list() -> Route {
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/apps/{app_id}/users",
        id: "users",
        summary: "The users who have added the app, a page of them",
        about: "For the next page pass the `id` of the last row as `after`.",
        access: Access::Token,
        query: &[
            Parameter {
                name: "after",
                required: false,
                about: "The row after which the page starts; the first page unless said.",
                schema: row_schema,
            },
            Parameter {
                name: "count",
                required: false,
                about: "How many users at the most; 100 unless said.",
                schema: count_schema,
            },
        ],
        body: None,
        answer: Answer::json::<UserListAnswer>("The page."),
        problems: asking_problems!(NoServerToken, InvalidArgument),
    };
    Route::new(operation, async |AppAt(entry): AppAt, RawQuery(query): RawQuery| {
        let [after, count] = input::query(query.as_deref(), ["after", "count"])?;
        let after = after.as_deref().map(UserId::new).transpose().map_err(|e| invalid(&e))?;
        let count = count.map_or(Ok(MOST), |text| read_count(&text))?;
        let rows = entry.app().users_page(after.as_ref(), count).await?;
        let row = |row: yzb::ListedUser| ListedUser {
            id: row.id.as_str().to_owned(),
            open_id: row.open_id.as_str().to_owned(),
        };
        Ok::<_, Problem>(Json(UserListAnswer { users: rows.into_iter().map(row).collect() }))
    })
}

fn row_schema() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 128 })
}

fn count_schema() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": MOST })
}

fn read_count(text: &str) -> Result<u32, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let count = text.parse().ok().filter(|count| digits && (1..=MOST).contains(count));
    count.ok_or_else(|| {
        Problem::new(ProblemKind::InvalidArgument).with_detail("count is not from 1 to 100")
    })
}

fn base_info() -> Route {
    let answer = Answer::json::<BaseInfoAnswer>("A user's nick, avatar and sex");
    let path = "/v1/apps/{app_id}/users/{open_id}/base-info";
    Route::new(
        about_user(path, "userBaseInfo", answer),
        async |AppAt(entry): AppAt, UserAt(open_id): UserAt, _: NoQuery| {
            let info = match entry.app().base_info(&open_id).await? {
                BaseInfoAccess::Granted(info) => Some(info),
                BaseInfoAccess::NotGranted => None,
            };
            let sex = info.as_ref().map(|info| info.sex.as_str().to_owned());
            let granted = info.is_some();
            let (nick, avatar) = info.map(|info| (info.nick, info.avatar)).unzip();
            Ok::<_, Problem>(Json(BaseInfoAnswer { granted, nick, avatar, sex }))
        },
    )
}

fn access() -> Route {
    let answer = Answer::json::<AccessAnswer>("What a user granted the app");
    let path = "/v1/apps/{app_id}/users/{open_id}/access";
    Route::new(
        about_user(path, "userAccess", answer),
        async |AppAt(entry): AppAt, UserAt(open_id): UserAt, _: NoQuery| {
            let scopes = entry.app().app_access(&open_id).await?;
            let scopes = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
            Ok::<_, Problem>(Json(AccessAnswer { scopes }))
        },
    )
}

fn is_added() -> Route {
    let answer = Answer::json::<IsAddedAnswer>("Whether a user has added the app");
    let path = "/v1/apps/{app_id}/users/{open_id}/is-added";
    Route::new(
        about_user(path, "userIsAdded", answer),
        async |AppAt(entry): AppAt, UserAt(open_id): UserAt, _: NoQuery| {
            let is_added = entry.app().is_added(&open_id).await?;
            Ok::<_, Problem>(Json(IsAddedAnswer { is_added }))
        },
    )
}
