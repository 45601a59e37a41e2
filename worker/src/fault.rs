// SPDX-License-Identifier: GPL-3.0-or-later
//! Faults to be switched on, for demonstrations and tests. They exist only in a worker that was
//! built with the feature `fault-injection`, and whatever such a worker signs says so.

#[cfg(feature = "fault-injection")]
use crate::executor::{Item, Written};
use crate::{
	core::{Action, Deed},
	executor::Execution,
};
#[cfg(feature = "fault-injection")]
use assay_primitives::{bundle::ItemEnding, outcome::Opening};

/// What a worker does wrong.
#[cfg(feature = "fault-injection")]
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Fault {
	/// Flips a byte of an output before it is hashed.
	Lie,
	/// Never acts.
	Vanish,
	/// Commits or answers, but never opens.
	Silent,
	/// Opens rubbish, which the chain refuses.
	BadOpening,
	/// Opens rubbish once, and what it sealed after that was refused.
	Slip,
	/// Flips a byte of what the last item of an array wrote, or a run that is no array.
	WrongItem,
	/// Never makes its bundle public, and says that it did.
	Withhold,
}

/// What a worker does wrong, if anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Behaviour {
	#[cfg(feature = "fault-injection")]
	fault: Option<Fault>,
	/// Whether it has slipped already.
	#[cfg(feature = "fault-injection")]
	slipped: bool,
}

#[cfg(feature = "fault-injection")]
impl From<Option<Fault>> for Behaviour {
	fn from(fault: Option<Fault>) -> Self {
		Self { fault, slipped: false }
	}
}

#[cfg(not(feature = "fault-injection"))]
impl Behaviour {
	/// The name of the fault: there is none.
	pub fn name(&self) -> Option<&'static str> {
		None
	}

	/// What is done instead of `action`: the same.
	pub fn distort(&self, action: Action) -> Option<Action> {
		Some(action)
	}

	/// What is sent instead of `deed`, which is on record: the same.
	pub fn slip(&mut self, deed: Deed) -> Deed {
		deed
	}

	/// Whether it keeps its bundles to itself: it does not.
	pub fn withholds(&self) -> bool {
		false
	}

	/// What is reported instead of `execution`: the same.
	pub fn tamper(&self, execution: Execution) -> Execution {
		execution
	}
}

#[cfg(feature = "fault-injection")]
impl Behaviour {
	/// The name of the fault.
	pub fn name(&self) -> Option<&'static str> {
		self.fault.map(|fault| match fault {
			Fault::Lie => "lie",
			Fault::Vanish => "vanish",
			Fault::Silent => "silent",
			Fault::BadOpening => "bad-opening",
			Fault::Slip => "slip",
			Fault::WrongItem => "wrong-item",
			Fault::Withhold => "withhold",
		})
	}

	/// What is done instead of `action`.
	pub fn distort(&self, action: Action) -> Option<Action> {
		let Action::Submit(task, deed) = action else {
			let idle = self.fault == Some(Fault::Vanish) && !matches!(action, Action::Forget(_));
			return (!idle).then_some(action);
		};
		let deed = match (self.fault, deed) {
			(Some(Fault::Vanish), _) => return None,
			(
				Some(Fault::Silent),
				Deed::Open(_)
				| Deed::OpenPanel(..)
				| Deed::Possess(_)
				| Deed::Split
				| Deed::Narrow(_),
			) => return None,
			(Some(Fault::BadOpening), deed) => spoiled(deed),
			(_, deed) => deed,
		};
		Some(Action::Submit(task, deed))
	}

	/// What is sent instead of `deed`, which is on record: the journal lets nobody open twice differently.
	pub fn slip(&mut self, deed: Deed) -> Deed {
		let opens = matches!(deed, Deed::Open(_) | Deed::OpenPanel(..));
		if self.fault != Some(Fault::Slip) || !opens || self.slipped {
			return deed;
		}
		self.slipped = true;
		spoiled(deed)
	}

	/// Whether it keeps its bundles to itself.
	pub fn withholds(&self) -> bool {
		self.fault == Some(Fault::Withhold)
	}

	/// What is reported instead of `execution`. Whoever lies about an array lies about every item.
	pub fn tamper(&self, execution: Execution) -> Execution {
		match (self.fault, execution) {
			(Some(Fault::Lie), Execution::Items(items)) => {
				Execution::Items(items.into_iter().map(other_item).collect())
			},
			(Some(Fault::WrongItem), Execution::Items(mut items)) => {
				let last = items.pop().map(other_item);
				items.extend(last);
				Execution::Items(items)
			},
			(Some(Fault::Lie | Fault::WrongItem), execution) => other(execution),
			(_, execution) => execution,
		}
	}
}

/// The same with another byte, or another amount of fuel.
#[cfg(feature = "fault-injection")]
fn other(execution: Execution) -> Execution {
	match execution {
		Execution::Completed { exit, mut written } => {
			flip(&mut written);
			Execution::Completed { exit, written }
		},
		Execution::Failed { mut report, written } => {
			report.fuel_used ^= 1;
			Execution::Failed { report, written }
		},
		nothing => nothing,
	}
}

#[cfg(feature = "fault-injection")]
fn other_item(mut item: Item) -> Item {
	match &mut item.ending {
		ItemEnding::Exited { .. } => flip(&mut item.written),
		ItemEnding::Failed { report } => report.fuel_used ^= 1,
	}
	item
}

#[cfg(feature = "fault-injection")]
fn flip(Written { stdout, files }: &mut Written) {
	let file = files.values_mut().find(|bytes| !bytes.is_empty());
	match file.map_or_else(|| stdout.first_mut(), |bytes| bytes.first_mut()) {
		Some(byte) => *byte ^= 1,
		None => stdout.push(b'!'),
	}
}

/// The same with another salt, if it opens something.
#[cfg(feature = "fault-injection")]
fn spoiled(deed: Deed) -> Deed {
	let other = |mut opening: Opening| {
		opening.salt.0[0] ^= 1;
		opening
	};
	match deed {
		Deed::Open(opening) => Deed::Open(other(opening)),
		Deed::OpenPanel(opening, possession) => Deed::OpenPanel(other(opening), possession),
		deed => deed,
	}
}

#[cfg(all(test, feature = "fault-injection"))]
mod tests {
	use super::*;
	use crate::{core::DeedKind, executor::Unstarted};
	use assay_primitives::{
		outcome::{Opening, Outcome},
		Commitment, EvidenceRoot, OutputRoot, PanelNonce, Possession, Salt, TaskId,
	};

	const TASK: TaskId = TaskId(1);

	fn deeds() -> Vec<Deed> {
		let outcome = Outcome::Completed { output_root: OutputRoot([1; 32]) };
		let evidence_root = EvidenceRoot([2; 32]);
		let opening = Opening { outcome, evidence_root, salt: Salt([3; 32]) };
		vec![
			Deed::Commit(Commitment([4; 32])),
			Deed::Answer(outcome, evidence_root),
			Deed::Open(opening),
			Deed::OpenPanel(opening, Possession([5; 32])),
			Deed::Possess(Possession([5; 32])),
			Deed::Split,
			Deed::Narrow(1),
		]
	}

	fn done(fault: Option<Fault>) -> Vec<DeedKind> {
		let behaviour = Behaviour::from(fault);
		let actions = deeds().into_iter().map(|deed| Action::Submit(TASK, deed));
		let done = actions.filter_map(|action| match behaviour.distort(action) {
			Some(Action::Submit(_, deed)) => Some(deed.kind()),
			_ => None,
		});
		done.collect()
	}

	#[test]
	fn an_honest_worker_does_what_it_is_told() {
		let behaviour = Behaviour::default();
		for deed in deeds() {
			let action = Action::Submit(TASK, deed);
			assert_eq!(behaviour.distort(action.clone()), Some(action));
		}
		let execution = Execution::invalid("x");
		assert_eq!(behaviour.tamper(execution.clone()), execution);
		assert_eq!(behaviour.name(), None);
	}

	#[test]
	fn a_silent_worker_binds_itself_and_says_no_more() {
		assert_eq!(done(Some(Fault::Silent)), [DeedKind::Commit, DeedKind::Answer]);
	}

	#[test]
	fn a_vanished_worker_does_nothing() {
		assert_eq!(done(Some(Fault::Vanish)), []);
		let behaviour = Behaviour::from(Some(Fault::Vanish));
		assert_eq!(behaviour.distort(Action::Prove(TASK, PanelNonce::default())), None);
	}

	#[test]
	fn a_bad_opening_has_another_salt_and_always_the_same() {
		let behaviour = Behaviour::from(Some(Fault::BadOpening));
		let action = Action::Submit(TASK, deeds()[2]);
		let first = behaviour.distort(action.clone()).unwrap();
		assert_ne!(first, action);
		assert_eq!(behaviour.distort(action), Some(first));
	}

	#[test]
	fn a_slip_happens_once_and_only_to_an_opening() {
		let mut behaviour = Behaviour::from(Some(Fault::Slip));
		let [commit, _, opening, ..] = deeds()[..] else { panic!("there are seven") };
		assert_eq!(behaviour.slip(commit), commit);
		assert_ne!(behaviour.slip(opening), opening);
		assert_eq!(behaviour.slip(opening), opening);
		assert_eq!(Behaviour::from(Some(Fault::Lie)).slip(opening), opening);
		assert_eq!(done(Some(Fault::Slip)).len(), deeds().len(), "it means well");
	}

	#[test]
	fn a_lie_changes_one_byte_of_whatever_there_is() {
		let behaviour = Behaviour::from(Some(Fault::Lie));
		let execution = |stdout: &[u8], file: &[u8]| Execution::Completed {
			exit: 0,
			written: Written {
				stdout: stdout.into(),
				files: [("f".to_string(), file.to_vec())].into(),
			},
		};
		assert_eq!(behaviour.tamper(execution(b"out", b"file")), execution(b"out", b"gile"));
		assert_eq!(behaviour.tamper(execution(b"out", b"")), execution(b"nut", b""));
		assert_eq!(behaviour.tamper(execution(b"", b"")), execution(b"!", b""));
		assert_ne!(behaviour.tamper(Execution::invalid("x")), Execution::invalid("x"));
	}

	fn items(endings: [&[u8]; 3]) -> Execution {
		let item = |stdout: &[u8]| Item {
			ending: ItemEnding::Exited { code: 0 },
			written: Written { stdout: stdout.into(), files: Default::default() },
		};
		Execution::Items(endings.map(item).into())
	}

	#[test]
	fn a_lie_is_about_every_item_and_a_wrong_item_is_the_last() {
		let lie = Behaviour::from(Some(Fault::Lie));
		assert_eq!(lie.tamper(items([b"a", b"", b"c"])), items([b"`", b"!", b"b"]));
		let wrong = Behaviour::from(Some(Fault::WrongItem));
		assert_eq!(wrong.tamper(items([b"a", b"", b"c"])), items([b"a", b"", b"b"]));
		let invalid = Execution::unstarted(Unstarted::Invalid("x"), Some(3));
		let (Execution::Items(before), Execution::Items(after)) =
			(invalid.clone(), wrong.tamper(invalid))
		else {
			panic!("no array");
		};
		assert_eq!(before[..2], after[..2]);
		assert_ne!(before[2], after[2]);
		assert_ne!(wrong.tamper(Execution::invalid("x")), Execution::invalid("x"));
	}

	#[test]
	fn who_withholds_does_everything_else() {
		let behaviour = Behaviour::from(Some(Fault::Withhold));
		assert!(behaviour.withholds() && !Behaviour::default().withholds());
		assert_eq!(done(Some(Fault::Withhold)).len(), deeds().len());
		assert_eq!(behaviour.tamper(items([b"a", b"", b"c"])), items([b"a", b"", b"c"]));
	}
}
