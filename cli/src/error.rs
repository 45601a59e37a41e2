// SPDX-License-Identifier: GPL-3.0-or-later
//! What can go wrong, what to do about it, and the exit code.

use assay_client::{AccountId, KeyError};
use assay_primitives::{
	bundle::{BadFiles, BundleError},
	proof::ProofError,
	spec::Malformed,
	task::BadPolicy,
	ClusterId, TaskId,
};
use std::{io, path::PathBuf};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
	/// The command line makes no sense.
	#[error("{0}")]
	Usage(String),
	/// The chain could not be asked, or did not do as asked.
	#[error(transparent)]
	Chain(#[from] assay_client::Error),
	/// A key cannot be used.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// A file cannot be read.
	#[error("cannot read {}", path.display())]
	Read {
		/// Which.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// A file cannot be written.
	#[error("cannot write {}", path.display())]
	Write {
		/// Which.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// A file does not hold what it should.
	#[error("{} is no {what}", path.display())]
	Parse {
		/// Which.
		path: PathBuf,
		/// What it should be.
		what: &'static str,
		/// Why it is not.
		source: serde_json::Error,
	},
	/// The inputs cannot be listed.
	#[error("the inputs cannot be put together: {0}")]
	Inputs(BadFiles),
	/// The spec makes no sense.
	#[error("the spec or demand is refused: {}", explain_malformed(*.0))]
	Spec(Malformed),
	/// The policy makes no sense.
	#[error("the chain would refuse the task: {}", explain_policy(*.0))]
	Policy(BadPolicy),
	/// The price is so high that nobody could be kept from lying.
	#[error(
		"at a price of {price} a lie would pay on average, so the chain would refuse the task: lower \
		 --max-price to at most {most}, or ask for more checks with --audited or --quorum"
	)]
	LyingPays {
		/// What was offered.
		price: String,
		/// What can be offered.
		most: String,
	},
	/// The spec in a file makes no sense.
	#[error("the spec in {} is refused: {}", path.display(), explain_malformed(*malformed))]
	SpecFile {
		/// Which file.
		path: PathBuf,
		/// What is wrong.
		malformed: Malformed,
	},
	/// There is no such cluster.
	#[error("there is no cluster {0}: `assay cluster list` shows those there are")]
	NoCluster(ClusterId),
	/// There is no such task.
	#[error(
		"task {0} is not open and left no result in the log: it was never submitted, was cancelled, \
		 or ended without a verdict"
	)]
	NoTask(TaskId),
	/// The task is final, or never was.
	#[error("task {0} is not open: a verdict can be doubted until its window closes")]
	NotOpen(TaskId),
	/// The task is somebody else's.
	#[error(
		"only {requester}, who asked for task {task}, can say that nobody delivers its result"
	)]
	NotRequester {
		/// Which.
		task: TaskId,
		/// Whose.
		requester: AccountId,
	},
	/// The task is not final yet.
	#[error(
		"task {0} has no entry in the log: wait until it is final with `assay task watch {0}`"
	)]
	NoLeaf(TaskId),
	/// Nobody's bundle can be proved.
	#[error("task {0} has no execution whose bundle can be proved")]
	NothingToProve(TaskId),
	/// The network is too small for the task.
	#[error(
		"fewer operators have the engine than the quorum asks for, so nobody could check the result: \
		 lower --quorum or wait for more clusters"
	)]
	TooFewOperators,
	/// The account cannot pay.
	#[error("{account} has {free}, and {needed} are held for this: send it some ASY first")]
	TooPoor {
		/// Who.
		account: AccountId,
		/// What it has.
		free: String,
		/// What it needs.
		needed: String,
	},
	/// A task that was being watched ended otherwise than asked for.
	#[error("task {task} ended without an accepted result: {reason}")]
	NotAccepted {
		/// Which.
		task: TaskId,
		/// How.
		reason: String,
	},
	/// The proof proves nothing.
	#[error("the proof is refused: {0}")]
	Proof(ProofError),
	/// The bundle is not what was proved.
	#[error("the bundle is refused: {0}")]
	Bundle(#[from] BundleFault),
	/// A program is missing.
	#[error("cannot find {name} beside this program: build it with scripts/build.sh, or say where it is with --bin")]
	NoProgram {
		/// Which.
		name: &'static str,
	},
	/// A program does not start.
	#[error("cannot start {name}")]
	Spawn {
		/// Which.
		name: String,
		/// Why not.
		source: io::Error,
	},
	/// The port is taken.
	#[error("port {0} is in use: choose another with --rpc-port")]
	PortTaken(u16),
	/// A child process ended by itself.
	#[error("{name} ended by itself ({status}); its last words:\n{tail}")]
	ChildDied {
		/// Which.
		name: String,
		/// How.
		status: String,
		/// The end of its log.
		tail: String,
	},
	/// Something did not happen in time.
	#[error("{what} did not happen within {secs} s: {hint}")]
	TooSlow {
		/// What.
		what: String,
		/// How long it was given.
		secs: u64,
		/// What to do.
		hint: String,
	},
	/// The demo did not show what it is for.
	#[error("the demo did not work: {0}")]
	Demo(String),
	/// Ctrl-C.
	#[error("interrupted")]
	Interrupted,
}

/// Why a directory is not the accepted bundle.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleFault {
	/// A file is wrong, or the manifest.
	#[error(transparent)]
	Content(#[from] BundleError<io::Error>),
	/// Something in the directory could lead out of it, or has no end.
	#[error("{0:?} is a link or something else that is no plain file")]
	NotPlain(String),
	/// A file stands in the directory that the manifest does not list.
	#[error("{0:?} is not listed in the manifest")]
	Unlisted(String),
	/// The bundle is another one than the proof's.
	#[error("its {what} is {found}, the proof is about {proved}")]
	Other {
		/// What differs.
		what: &'static str,
		/// In the bundle.
		found: String,
		/// In the proof.
		proved: String,
	},
	/// The root is not the trusted one.
	#[error("its {what} is {found}, you trust {trusted}")]
	Untrusted {
		/// Which root.
		what: &'static str,
		/// What was found.
		found: String,
		/// What is trusted.
		trusted: String,
	},
}

impl CliError {
	/// What the process returns.
	pub(crate) fn exit_code(&self) -> u8 {
		match self {
			Self::Usage(_) => 2,
			_ => 1,
		}
	}

	pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
		let path = path.into();
		move |source| Self::Read { path, source }
	}

	pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
		let path = path.into();
		move |source| Self::Write { path, source }
	}
}

fn explain_malformed(malformed: Malformed) -> &'static str {
	match malformed {
		Malformed::NoCapacity => "give it processor time and memory",
		Malformed::NoEngine => "name at least one engine",
		Malformed::BadSlots => "a cluster has between 1 and 16 slots",
		Malformed::UnknownRegion => "a region is an ISO 3166-1 alpha-2 code such as DE",
		Malformed::BadEndpoint => "the endpoint is a URL that starts with http:// or https://",
		Malformed::Repeated => "an entry stands in a list twice",
		Malformed::BadItems => "an array has between 1 and 16,384 items",
		Malformed::ArrayQuorum => "an array is checked by a quorum of two, or audited",
	}
}

fn explain_policy(bad: BadPolicy) -> &'static str {
	match bad {
		BadPolicy::Quorum => "--quorum is 2 or 3",
		BadPolicy::Panel => "--panel is 1 or 3",
		BadPolicy::Floor => "--audited takes 5 to 100 percent",
		BadPolicy::Unbonded => {
			"with this engine no bond answers for a lie, so audits deter nobody: use --quorum"
		},
		BadPolicy::Preflight => {
			"with this engine every run gives the same result, so there is nothing to try: leave \
			 --preflight away"
		},
		BadPolicy::Deadline => {
			"--execution-blocks, --queue-blocks or --window is shorter or longer than it allows"
		},
	}
}

/// The message and its causes, on one line each.
pub(crate) fn causes(error: &dyn std::error::Error) -> Vec<String> {
	let mut causes = Vec::new();
	let mut next = error.source();
	while let Some(cause) = next {
		causes.push(cause.to_string());
		next = cause.source();
	}
	causes
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn usage_is_told_from_failure() {
		assert_eq!(CliError::Usage("no".into()).exit_code(), 2);
		assert_eq!(CliError::NoTask(TaskId(1)).exit_code(), 1);
	}

	#[test]
	fn causes_follow_the_message() {
		let error = CliError::read("spec.json")(io::Error::other("disk on fire"));
		assert_eq!(error.to_string(), "cannot read spec.json");
		assert_eq!(causes(&error), ["disk on fire"]);
	}
}
