//! `ca_file`: the authorities to trust in place of the machine's.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::aside::aside;
use super::problem::{Place, Problem};
use super::reader::{At, Fields, Reader};

/// A file of certificates in PEM. It is read when it is used.
#[derive(Debug)]
pub(crate) struct CaFile {
    /// Relative to the configuration's folder.
    pub(crate) file: PathBuf,
    place: Place,
    setting: String,
}

/// The most bytes that are looked at: all of the authorities of a common machine have fewer.
const MOST: u64 = 4 << 20;

impl CaFile {
    pub(super) fn read(reader: &mut Reader, fields: &Fields<'_>) -> Option<Self> {
        let at = fields.find("ca_file")?;
        let file = file_name(reader, &at)?;
        Some(Self { file, place: at.place(), setting: at.path })
    }

    /// What is wrong with the file that it names, if anything is.
    pub(super) async fn problem(&self, folder: &Path) -> Option<Problem> {
        let path = folder.join(&self.file);
        let read = aside(move || {
            let mut text = Vec::new();
            File::open(path)?.take(MOST).read_to_end(&mut text).map(|_| text)
        });
        let what = match read.await {
            Err(error) => format!("names a file that cannot be read ({})", error.kind()),
            Ok(text) if has_certificate(&text) => return None,
            Ok(_) => "names a file that has no certificate in PEM".to_owned(),
        };
        let remedy = "check the path, which is relative to the configuration's folder";
        Some(Problem::error(self.place, self.setting.as_str(), what, remedy))
    }
}

fn has_certificate(text: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    text.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// The path of a file or folder, without what would move a terminal's cursor.
pub(super) fn file_name(reader: &mut Reader, at: &At<'_>) -> Option<PathBuf> {
    let text = reader.text(at)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        reader.wrong(at, "is not the name of a file or folder", "write its path");
        return None;
    }
    Some(PathBuf::from(text))
}
