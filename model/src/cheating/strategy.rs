// SPDX-License-Identifier: GPL-3.0-or-later
//! What cheaters do. A strategy says what a member answers in each role, and whether it opens.

use assay_primitives::protocol::Role;

/// How the members of a group play. All others are honest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strategy {
	/// Computes and says what it found.
	Honest,
	/// Never computes: answers a guess, each its own. With an output space of so many values the guess is
	/// right once in as many cases, and whoever guessed right has the bytes.
	Lazy(Option<u32>),
	/// Executors lie, and every accomplice backs the lie wherever it meets it.
	Liar,
	/// The same, but judges back a lie only where it carries: they know who sits with them.
	Gambler,
	/// The same, and whoever would lose does not open.
	Silent,
	/// Everybody tells the same lie in every role.
	AlwaysLies,
	/// Members compute once for all members in a task, and lie only where that is certain to carry.
	Together,
	/// Honest while it is checked often, a gambler while its audits are at the floor.
	Farmer,
	/// Judges do not compute: they answer the value that others who do not compute will name.
	Focal,
	/// Judges do not compute: they repeat the verifier's public digest, without the bytes. A verifier does
	/// the same where the executor's answer is public.
	Copier,
	/// Belongs to the requester, who knows the answer: lies so that honest clusters lose.
	Griefer,
}

/// What somebody answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
	/// What the program computes.
	Truth,
	/// The wrong answer that the group agreed on.
	Lie,
	/// Made up by this operator.
	Own(u32),
	/// A value of a small output space other than the true one.
	Guess(u32),
	/// A broken computation of this operator.
	Fault(u32),
	/// What everybody who does not compute would name.
	Focal,
}

/// What is known where a member has to answer.
#[derive(Clone, Copy, Debug)]
pub struct View {
	/// Its part.
	pub role: Role,
	/// Whether the executor is a member who lied.
	pub lied: bool,
	/// Whether the executor is a member.
	pub with_executor: bool,
	/// Whether the members who are seated are the majority of the votes, if all of them lie.
	pub carries: bool,
	/// Whether the operator's results are audited as rarely as the policy allows.
	pub at_floor: bool,
	/// Whether others' answers can be read before one's own is bound.
	pub readable: bool,
}

/// What a member does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
	/// Computes, or takes the result of a member who did.
	Compute,
	/// Says the group's lie.
	Lie,
	/// Says something at random.
	Guess,
	/// Says the focal value.
	Focal,
	/// Repeats the last public answer.
	Copy,
}

impl Strategy {
	/// What a member does.
	pub fn plan(self, view: &View) -> Plan {
		let judges = matches!(view.role, Role::Panel | Role::Appeal);
		let executes = view.role == Role::Executor;
		let lie_if = |lies| if lies { Plan::Lie } else { Plan::Compute };
		match self {
			Self::Honest => Plan::Compute,
			Self::Lazy(_) => Plan::Guess,
			Self::AlwaysLies => Plan::Lie,
			Self::Liar => lie_if(executes || view.lied),
			Self::Gambler | Self::Silent if judges => lie_if(view.carries),
			Self::Gambler | Self::Silent => lie_if(executes || view.lied),
			Self::Farmer if executes => lie_if(view.at_floor),
			Self::Farmer if judges => lie_if(view.lied && view.carries),
			Self::Farmer => lie_if(view.lied),
			// An executor is bound before it knows who checks: only judges can be certain.
			Self::Together => lie_if(judges && view.carries),
			Self::Focal if judges => Plan::Focal,
			Self::Copier if judges => Plan::Copy,
			Self::Copier if view.readable && !executes => Plan::Copy,
			Self::Focal | Self::Copier => Plan::Compute,
			Self::Griefer if judges => lie_if(view.carries),
			Self::Griefer => lie_if(!view.with_executor || view.lied),
		}
	}

	/// Whether members give each other what they computed.
	pub fn shares(self) -> bool {
		use Strategy::*;
		matches!(self, Liar | Gambler | Silent | AlwaysLies | Together | Farmer | Griefer)
	}

	/// Whether members tell or withhold the truth at all: the others only save work.
	pub fn lies(self) -> bool {
		!matches!(self, Self::Honest | Self::Together)
	}

	/// How the tables call it.
	pub fn name(self) -> String {
		match self {
			Self::Honest => "honest".into(),
			Self::Lazy(None) => "lazy, guesses".into(),
			Self::Lazy(Some(space)) => format!("lazy, guesses 1 of {space}"),
			Self::Liar => "liars, backed always".into(),
			Self::Gambler => "liars, backed where it carries".into(),
			Self::Silent => "silent when losing".into(),
			Self::AlwaysLies => "clique, always lies".into(),
			Self::Together => "clique, honest unless together".into(),
			Self::Farmer => "farmer, lies at the floor".into(),
			Self::Focal => "focal-point judges".into(),
			Self::Copier => "copying judges".into(),
			Self::Griefer => "griefing requester".into(),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn view(role: Role) -> View {
		View {
			role,
			lied: false,
			with_executor: false,
			carries: false,
			at_floor: false,
			readable: false,
		}
	}

	#[test]
	fn a_gambling_judge_backs_a_lie_only_where_it_carries() {
		let judge = View { lied: true, ..view(Role::Panel) };
		assert_eq!(Strategy::Gambler.plan(&judge), Plan::Compute);
		assert_eq!(Strategy::Gambler.plan(&View { carries: true, ..judge }), Plan::Lie);
		assert_eq!(Strategy::Liar.plan(&judge), Plan::Lie);
	}

	#[test]
	fn a_farmer_waits_for_the_floor() {
		let executor = view(Role::Executor);
		assert_eq!(Strategy::Farmer.plan(&executor), Plan::Compute);
		assert_eq!(Strategy::Farmer.plan(&View { at_floor: true, ..executor }), Plan::Lie);
	}

	#[test]
	fn a_verifier_copies_only_what_it_can_read() {
		let verifier = view(Role::Verifier);
		assert_eq!(Strategy::Copier.plan(&verifier), Plan::Compute);
		assert_eq!(Strategy::Copier.plan(&View { readable: true, ..verifier }), Plan::Copy);
	}
}
