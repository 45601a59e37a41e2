// SPDX-License-Identifier: GPL-3.0-or-later
//! Child processes that never outlive this one.

use crate::error::CliError;
use nix::{
	sys::signal::{kill, Signal},
	unistd::Pid,
};
use std::{
	fs::{self, File},
	io::{Read, Seek, SeekFrom},
	path::{Path, PathBuf},
	process::{ExitStatus, Stdio},
	time::Duration,
};
use tokio::{
	process::{Child as Process, Command},
	time::{sleep, timeout},
};

/// How often children are looked after.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a child may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How much of a log is shown when a child dies.
const TAIL_BYTES: u64 = 2048;
const TAIL_LINES: usize = 12;

/// One child.
pub(crate) struct Child {
	pub(crate) name: String,
	pub(crate) pid: u32,
	pub(crate) log: PathBuf,
	process: Process,
	/// Whether its end has been reported.
	reported: bool,
}

/// A child that ended by itself.
#[derive(Debug)]
pub(crate) struct Death {
	pub(crate) name: String,
	pub(crate) status: String,
	pub(crate) tail: String,
}

impl From<Death> for CliError {
	fn from(Death { name, status, tail }: Death) -> Self {
		Self::ChildDied { name, status, tail }
	}
}

/// All children, in the order in which they were started.
#[derive(Default)]
pub(crate) struct Children {
	all: Vec<Child>,
}

impl Children {
	/// Starts a program whose output goes to `log`.
	pub(crate) fn spawn(
		&mut self,
		name: &str,
		program: &Path,
		arguments: &[String],
		log: &Path,
	) -> Result<u32, CliError> {
		let failed = |source| CliError::Spawn { name: name.into(), source };
		let output =
			File::options().create(true).append(true).open(log).map_err(CliError::write(log))?;
		let errors = output.try_clone().map_err(failed)?;
		let mut command = Command::new(program);
		command
			.args(arguments)
			.stdin(Stdio::null())
			.stdout(output)
			.stderr(errors)
			// Ctrl-C in a terminal goes to the whole group: this process decides what it means.
			.process_group(0)
			.kill_on_drop(true);
		die_with_parent(&mut command);
		let process = command.spawn().map_err(failed)?;
		// A process that has just been started and not been waited for has an id.
		let pid = process.id().unwrap_or_default();
		tracing::debug!(name, pid, "started");
		let (name, log) = (name.to_owned(), log.to_owned());
		self.all.push(Child { name, pid, log, process, reported: false });
		Ok(pid)
	}

	/// Waits until a child ends by itself. Each is reported once.
	pub(crate) async fn death(&mut self) -> Death {
		loop {
			for child in self.all.iter_mut().filter(|child| !child.reported) {
				let Some(status) = child.ended() else { continue };
				child.reported = true;
				return Death {
					name: child.name.clone(),
					status: status.to_string(),
					tail: tail(&child.log),
				};
			}
			sleep(LOOK_EVERY).await;
		}
	}

	/// Runs `future`, unless a child dies meanwhile.
	pub(crate) async fn guard<T, E: Into<CliError>>(
		&mut self,
		future: impl std::future::Future<Output = Result<T, E>>,
	) -> Result<T, CliError> {
		tokio::select! {
			biased;
			death = self.death() => Err(death.into()),
			result = future => result.map_err(Into::into),
		}
	}

	/// Ends all children, the last one first: they are asked, given time, and killed.
	pub(crate) async fn stop(&mut self) {
		// The first child serves the others: it goes last.
		let rest = self.all.split_off(self.all.len().min(1));
		end_all(rest).await;
		end_all(std::mem::take(&mut self.all)).await;
	}
}

impl Child {
	fn ended(&mut self) -> Option<ExitStatus> {
		self.process.try_wait().ok().flatten()
	}
}

async fn end_all(mut children: Vec<Child>) {
	for child in &mut children {
		// Only a process that was not waited for yet owns its id for certain.
		if child.ended().is_none() {
			if let Ok(pid) = i32::try_from(child.pid) {
				let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
			}
		}
	}
	let all_ended = async {
		for child in &mut children {
			let _ = child.process.wait().await;
		}
	};
	if timeout(GRACE, all_ended).await.is_ok() {
		return;
	}
	for child in &mut children {
		if child.ended().is_none() {
			tracing::warn!(name = child.name, pid = child.pid, "did not end in time, killed");
			let _ = child.process.kill().await;
		}
	}
}

/// Makes the kernel kill the child when this process is gone, however that came about.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn die_with_parent(command: &mut Command) {
	let parent = nix::unistd::getpid();
	// SAFETY: between fork and exec the closure makes two system calls, prctl and getppid, which are
	// async-signal-safe, and allocates nothing.
	unsafe {
		command.pre_exec(move || {
			nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
			// The parent may have died before the line above.
			if nix::unistd::getppid() == parent {
				Ok(())
			} else {
				Err(std::io::ErrorKind::BrokenPipe.into())
			}
		});
	}
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command) {}

/// The end of a log, for people.
pub(crate) fn tail(log: &Path) -> String {
	let read = || -> std::io::Result<Vec<u8>> {
		let mut file = File::open(log)?;
		let size = file.metadata()?.len();
		file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
		let mut bytes = Vec::new();
		file.read_to_end(&mut bytes)?;
		Ok(bytes)
	};
	let text = read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
	let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
	let from = lines.len().saturating_sub(TAIL_LINES);
	let shown: Vec<String> = lines[from..].iter().map(|line| format!("    {line}")).collect();
	match shown.is_empty() {
		true => format!("    (nothing in {})", log.display()),
		false => shown.join("\n"),
	}
}

/// Finds a program: in `bin` when given, else beside this one.
pub(crate) fn program(name: &'static str, bin: Option<&Path>) -> Result<PathBuf, CliError> {
	let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_path_buf));
	let folder = bin.map(Path::to_path_buf).or(beside);
	folder
		.map(|folder| folder.join(name))
		.filter(|path| fs::metadata(path).is_ok_and(|metadata| metadata.is_file()))
		.ok_or(CliError::NoProgram { name })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn sh(children: &mut Children, name: &str, script: &str, dir: &Path) -> u32 {
		let arguments = ["-c".to_owned(), script.to_owned()];
		let log = dir.join(format!("{name}.log"));
		children.spawn(name, Path::new("/bin/sh"), &arguments, &log).unwrap()
	}

	fn is_alive(pid: u32) -> bool {
		kill(Pid::from_raw(pid as i32), None).is_ok()
	}

	#[tokio::test]
	async fn a_death_is_reported_once_with_the_last_words() {
		let dir = tempfile::tempdir().unwrap();
		let mut children = Children::default();
		sh(&mut children, "node", "sleep 600", dir.path());
		sh(&mut children, "worker", "echo first; echo 'out of luck' >&2; exit 3", dir.path());
		let death = timeout(GRACE, children.death()).await.unwrap();
		assert_eq!(death.name, "worker");
		assert!(death.status.contains('3'), "{}", death.status);
		assert_eq!(death.tail, "    first\n    out of luck");
		let guarded: Result<(), CliError> = children.guard(async { Ok::<_, CliError>(()) }).await;
		assert!(guarded.is_ok(), "a death is not reported twice");
		children.stop().await;
	}

	#[tokio::test]
	async fn a_death_ends_what_is_guarded() {
		let dir = tempfile::tempdir().unwrap();
		let mut children = Children::default();
		sh(&mut children, "node", "exit 1", dir.path());
		let forever = std::future::pending::<Result<(), CliError>>();
		let guarded = timeout(GRACE, children.guard(forever)).await.unwrap();
		assert!(matches!(guarded, Err(CliError::ChildDied { name, .. }) if name == "node"));
	}

	#[tokio::test]
	async fn stopping_ends_everybody() {
		let dir = tempfile::tempdir().unwrap();
		let mut children = Children::default();
		let pids = ["one", "two"].map(|name| sh(&mut children, name, "exec sleep 600", dir.path()));
		assert!(pids.into_iter().all(is_alive));
		timeout(GRACE, children.stop()).await.unwrap();
		assert!(!pids.into_iter().any(is_alive));
	}

	#[test]
	fn a_missing_program_is_reported() {
		let dir = tempfile::tempdir().unwrap();
		let missing = program("assay-node", Some(dir.path())).unwrap_err();
		assert!(missing.to_string().contains("assay-node"));
		fs::write(dir.path().join("assay-node"), b"").unwrap();
		assert!(program("assay-node", Some(dir.path())).is_ok());
	}

	#[test]
	fn a_long_log_is_cut_to_its_end() {
		let dir = tempfile::tempdir().unwrap();
		let log = dir.path().join("log");
		let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
		fs::write(&log, lines.join("\n")).unwrap();
		let tail = tail(&log);
		assert_eq!(tail.lines().count(), TAIL_LINES);
		assert!(tail.ends_with("line 999"));
		assert!(super::tail(&dir.path().join("absent")).contains("nothing"));
	}
}
