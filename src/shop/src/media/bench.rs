//! Where pictures are worked on: beside the requests, never before them.

use crate::Broken;
use rustix::process::setpriority_process;
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

/// How far the work stands back (setpriority(2)): a request that wants the processor gets nine tenths of it.
const NICENESS: i32 = 10;

/// One place: one picture is in memory at a time, and one processor at work on it.
#[derive(Clone, Debug)]
pub struct Bench(Arc<Semaphore>);

impl Default for Bench {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Bench {
    /// Does `work` once the place is free, on a thread of its own: only root could give a pool's thread its priority back.
    /// None when the work panicked, as decoders do at some broken files.
    ///
    /// # Errors
    /// [`Broken`] when there is no thread to be had.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Broken> {
        let place = self.0.clone().acquire_owned().await;
        let place = place.map_err(|error| Broken::Other(error.to_string()))?;
        let (tell, told) = oneshot::channel();
        std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || {
                // Kept also when nobody waits any more.
                let _place = place;
                // Where it may not stand back, it works all the same.
                let _ = setpriority_process(Some(rustix::thread::gettid()), NICENESS);
                let _ = tell.send(work());
            })
            .map_err(|error| Broken::Other(format!("no thread for a picture: {error}")))?;
        Ok(told.await.ok())
    }
}
