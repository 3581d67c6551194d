//! What runs in the server: each of one key, so that it runs in a Cluster, with commands of Redis 5.0,
//! and to the same end if it is carried out twice.

use std::sync::LazyLock;

use redis::Cmd;
use sha1::{Digest, Sha1};

use crate::keys::hex;

/// The longest value that is looked at; a record of ours has far less than a part of it.
pub(crate) const LONGEST_VALUE: usize = 65_536;

/// A script, and the hash by which the server remembers it.
pub(crate) struct Script {
    text: &'static str,
    hash: String,
}

/// Replaces the value of a key if it is still the one that was seen.
///
/// `KEYS`: the key. `ARGV`: the hash of the value that was seen, the new value, its seconds to live,
/// the last byte to look at. It gives `{1}`, or 0 with the value that is there, or 0 alone if that is
/// no text.
pub(crate) static REPLACE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local value = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[4])\n\
         local is_text = type(value) == 'string'\n\
         local hash = is_text and redis.sha1hex(value) or 'wrong type'\n\
         if hash ~= ARGV[1] then\n\
         if is_text then return {0, value} end\n\
         return {0}\n\
         end\n\
         redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])\n\
         return {1}\n",
    )
});

/// Takes the turn, or keeps it longer, and tells the server's time.
///
/// Whatever stands there without an end gets one: no turn of ours is without, and a fleet that waited for
/// it would never issue again.
///
/// `KEYS`: the turn. `ARGV`: whose it is to be, its milliseconds. It gives 1 if it is theirs now, else 0;
/// unix seconds; and 1 if it had no end, else 0.
pub(crate) static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        // The time comes last: a server that replicates scripts, and not what they did, writes nothing
        // after such a question.
        "local holder = redis.pcall('GET', KEYS[1])\n\
         local is_strange = type(holder) == 'table'\n\
         if is_strange and not string.find(holder.err, 'WRONGTYPE', 1, true) then return holder end\n\
         local is_free, is_endless = not holder or holder == ARGV[1], false\n\
         if is_free then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n\
         elseif redis.pcall('PTTL', KEYS[1]) == -1 then\n\
         is_endless = redis.pcall('PEXPIRE', KEYS[1], ARGV[2]) == 1\n\
         end\n\
         return {is_free and 1 or 0, redis.call('TIME')[1], is_endless and 1 or 0}\n",
    )
});

/// Hands the turn back, if it is theirs.
///
/// `KEYS`: the turn. `ARGV`: whose it is.
pub(crate) static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end\n\
         return 0\n",
    )
});

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, hash: hex(&Sha1::digest(text)) }
    }

    /// By its hash, which the server knows once it has run.
    pub(crate) fn by_hash(&self, key: &str) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.hash).arg(1).arg(key);
        command
    }

    /// By its text, which the server then knows.
    pub(crate) fn by_text(&self, key: &str) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(self.text).arg(1).arg(key);
        command
    }
}

/// What is under a key, as far as it is looked at.
pub(crate) fn look(key: &str) -> Cmd {
    let mut command = redis::cmd("GETRANGE");
    command.arg(key).arg(0).arg(LONGEST_VALUE - 1);
    command
}

/// What is under these keys: all of it, and nothing for a key that holds no text.
pub(crate) fn look_at(keys: &[String]) -> Cmd {
    let mut command = redis::cmd("MGET");
    command.arg(keys);
    command
}

/// Removes a key.
pub(crate) fn forget(key: &str) -> Cmd {
    let mut command = redis::cmd("DEL");
    command.arg(key);
    command
}
