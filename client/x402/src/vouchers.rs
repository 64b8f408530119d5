//! The newest receipt of each job, and what was charged of it: kept before anything is served, so that a process that
//! dies loses at most the price of the requests that it was serving.

use settlement_interface::Address;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tally_client::receipts::SignedReceipt;

/// What is kept of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The newest receipt.
    pub receipt: SignedReceipt,
    /// Charged for requests, all together, micro-dollars.
    pub charged: u64,
}

/// Where it is kept. Calls may block.
pub trait Vouchers: Send + Sync + 'static {
    /// What is kept of a job.
    ///
    /// # Errors
    /// What the medium says; what cannot be read is no `None`.
    fn load(&self, job: &Address) -> io::Result<Option<Kept>>;

    /// Keeps it, and returns when it would survive a power cut.
    ///
    /// # Errors
    /// What the medium says.
    fn keep(&self, job: &Address, kept: &Kept) -> io::Result<()>;
}

/// A folder with two files a job: `JOB.receipt`, which `tally provider settle @FILE` takes, and `JOB.charged`.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// In this folder, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where the newest receipt of a job is.
    pub fn receipt(&self, job: &Address) -> PathBuf {
        self.0.join(format!("{job}.receipt"))
    }

    fn charged(&self, job: &Address) -> PathBuf {
        self.0.join(format!("{job}.charged"))
    }

    /// The whole text or none of it.
    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        std::fs::File::open(&self.0)?.sync_all()
    }
}

/// A file's text; `None` if there is no file.
fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn broken(path: &Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}

impl Vouchers for Folder {
    fn load(&self, job: &Address) -> io::Result<Option<Kept>> {
        let (receipt_path, charged_path) = (self.receipt(job), self.charged(job));
        let Some(text) = read(&receipt_path)? else { return Ok(None) };
        let receipt = SignedReceipt::from_text(&text).map_err(|why| broken(&receipt_path, why))?;
        // It is written after the receipt: without it, nothing was charged.
        let charged = read(&charged_path)?.unwrap_or_else(|| "0".to_owned());
        let charged = charged.trim().parse().map_err(|why| broken(&charged_path, why))?;
        Ok(Some(Kept { receipt, charged }))
    }

    fn keep(&self, job: &Address, kept: &Kept) -> io::Result<()> {
        let (receipt, charged) = (kept.receipt.to_text(), kept.charged.to_string());
        for (path, text) in [(self.receipt(job), receipt), (self.charged(job), charged)] {
            if read(&path)?.as_deref() != Some(&text) {
                self.write(&path, &text)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::receipt::Receipt;
    use solana_keypair::Keypair;

    fn kept(units: u64, charged: u64) -> Kept {
        let job = Address::new_from_array([7; 32]);
        let receipt = Receipt { domain: [1; 32], job, opened_at: 3, units, through: 5, commitment: None };
        Kept { receipt: SignedReceipt::sign(&Keypair::new(), receipt).unwrap(), charged }
    }

    #[test]
    fn what_is_kept_is_there_again_and_what_is_broken_is_no_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("vouchers")).unwrap();
        let job = Address::new_from_array([7; 32]);
        assert_eq!(folder.load(&job).unwrap(), None);
        for kept in [kept(4, 0), kept(9, 3), kept(9, 7)] {
            folder.keep(&job, &kept).unwrap();
            assert_eq!(folder.load(&job).unwrap(), Some(kept));
        }
        assert_eq!(folder.load(&Address::new_from_array([8; 32])).unwrap(), None);
        std::fs::write(folder.receipt(&job), "half").unwrap();
        assert_eq!(folder.load(&job).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
