// SPDX-License-Identifier: GPL-3.0-or-later
//! `model-check [--deep] [PART OF A NAME]`: checks the protocol in every setting, one line for each.

use assay_model::checking::{
	one_task::Setting,
	report::check,
	two_tasks::Pair,
	world::{policy, Array, Claim, Truth, CONTAINER, WASM},
};
use assay_primitives::task::{Check, Policy};
use std::process::ExitCode;

fn main() -> ExitCode {
	let (flags, names): (Vec<String>, Vec<String>) =
		std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
	if flags.iter().any(|flag| flag != "--deep") {
		eprintln!("usage: model-check [--deep] [PART OF A NAME]");
		return ExitCode::from(2);
	}
	let (mut settings, mut pairs) = everyday();
	if !flags.is_empty() {
		let (more, others) = deep();
		settings.extend(more);
		pairs.extend(others);
	}
	let wanted = |name: &str| names.iter().all(|part| name.contains(part));
	let mut ok = true;
	for setting in settings.into_iter().filter(|one| wanted(one.name)) {
		ok &= check(setting.name, setting);
	}
	for pair in pairs.into_iter().filter(|one| wanted(one.name)) {
		ok &= check(pair.name, pair);
	}
	if ok {
		ExitCode::SUCCESS
	} else {
		ExitCode::FAILURE
	}
}

fn verified(quorum: u8, panel: u8) -> Policy {
	policy(Check::Verified { quorum, panel }, 10)
}

fn audited() -> Policy {
	policy(Check::Audited { floor: 30 }, 10)
}

/// A try before the check.
fn tried(policy: Policy) -> Policy {
	Policy { preflight: true, ..policy }
}

/// What every network of five or more shows.
const USUAL: &[&str] = &[
	"accepted without a panel",
	"accepted by a panel",
	"inconclusive after a vote",
	"inconclusive because nobody judges",
	"no verifier",
	"unfulfilled",
	"a lie that a majority of liars had accepted",
];

/// A program that completes in a proven class, five clusters, no appeals, and everything else that can be.
fn five() -> Setting {
	Setting {
		task: 0,
		name: "5 clusters, 2 agree, panel of 3",
		policy: verified(2, 3),
		engine: WASM,
		truth: Truth::Completes,
		array: None,
		clusters: 5,
		lies: &[Claim::Lie],
		most_lost: usize::MAX,
		appeals: false,
		complaints: false,
		scarce: true,
		expected: USUAL,
	}
}

/// As many clusters as executor, verifier, panel and an appeal need, of whom none gets lost.
fn appealed() -> Setting {
	Setting {
		name: "10 clusters, 2 agree, panel of 3, appeals",
		clusters: 10,
		most_lost: 0,
		appeals: true,
		expected: &["accepted by a panel", "upheld", "overturned", "unheard"],
		..five()
	}
}

fn audited_and_appealed() -> Setting {
	Setting {
		name: "10 clusters, audited, appeals, taints",
		policy: audited(),
		expected: &[
			"spared a check",
			"upheld",
			"overturned",
			"unheard",
			"overturned because of a taint",
			"tainted",
		],
		..appealed()
	}
}

/// Two of an array of three items can be forged. Executor, verifier, arbiters and panel; nobody gets lost.
fn array() -> Setting {
	Setting {
		name: "8 clusters, array, panel of 3",
		array: Some(Array::of(3, [0, 2], Truth::Completes)),
		clusters: 8,
		lies: &[Claim::Lie, Claim::Elsewhere],
		most_lost: 0,
		scarce: false,
		expected: &[
			"an honest majority refutes a liar",
			"a survivor is accepted by a panel",
			"a survivor who lied elsewhere is outvoted",
			"somebody posts nothing and a panel hears the other",
			"arbiters find no majority and a panel hears all",
			"arbiters who lie refute an honest cluster",
			"an arbiter shows invented bytes",
			"contradicted",
		],
		..five()
	}
}

/// Who complains is heard by three whom nothing else keeps busy.
fn complained() -> Setting {
	Setting {
		name: "6 clusters, 2 agree, complaints",
		// To fetch takes longer than to open.
		policy: Policy { execution_blocks: 80, ..verified(2, 1) },
		clusters: 6,
		most_lost: 2,
		complaints: true,
		expected: &[
			"served",
			"withheld and not repaid",
			"repaid",
			"a lie that two witnesses had believed",
			"nobody to witness",
			"witnesses who show three things",
			"an honest witness is outvoted by others who were served",
			"a complaint that gives back some blocks",
			"a witness opens nothing",
		],
		..five()
	}
}

fn pair() -> Pair {
	let task = Setting { policy: verified(2, 1), expected: &[], ..five() };
	Pair {
		name: "2 tasks, 3 clusters, 2 agree, panel of 1",
		tasks: [task.clone(), Setting { task: 1, ..task }],
		clusters: 3,
		expected: &[
			"one cluster executes and checks at a time",
			"both tasks are accepted",
			"one cluster is fined in both tasks",
			"one task's dissenter is pledged while it serves the other",
		],
	}
}

/// The same for two audited tasks.
fn audited_pair() -> Pair {
	let tasks = pair().tasks.map(|task| Setting { policy: audited(), ..task });
	Pair { name: "2 tasks, 3 clusters, audited", tasks, ..pair() }
}

/// What runs with every change.
fn everyday() -> (Vec<Setting>, Vec<Pair>) {
	let declared = Setting {
		name: "5 clusters, declared, tried first",
		policy: tried(verified(2, 3)),
		engine: CONTAINER,
		lies: &[Claim::Lie, Claim::FalseFailure],
		expected: &["accepted by a panel", "inconclusive after a vote", "not deterministic"],
		..five()
	};
	let settings = vec![
		five(),
		Setting { name: "5 clusters, 3 agree, panel of 3", policy: verified(3, 3), ..five() },
		Setting { name: "5 clusters, 2 agree, panel of 1", policy: verified(2, 1), ..five() },
		Setting {
			name: "5 clusters, audited",
			policy: audited(),
			expected: &["spared a check", "accepted by a panel", "no verifier", "tainted"],
			..five()
		},
		Setting {
			name: "5 clusters, declared, tried first, it fails",
			truth: Truth::Fails,
			lies: &[Claim::Lie],
			..declared.clone()
		},
		declared,
		Setting {
			name: "7 clusters, 2 agree, panel of 3, replacements",
			clusters: 7,
			expected: &[
				"a panel lost a member and got another",
				"verifiers were replaced by two each",
			],
			..five()
		},
		Setting {
			name: "7 clusters, 3 agree, panel of 1, replacements",
			policy: verified(3, 1),
			clusters: 7,
			expected: &[
				"a panel lost a member and got another",
				"verifiers were replaced by two each",
			],
			..five()
		},
		appealed(),
		Setting {
			name: "8 clusters, audited, appeals, taints",
			clusters: 8,
			..audited_and_appealed()
		},
		array(),
		Setting {
			name: "5 clusters, array, panel of 1, four lies",
			policy: verified(2, 1),
			clusters: 5,
			lies: &[Claim::Lie, Claim::FalseFailure, Claim::Elsewhere, Claim::Twice],
			most_lost: usize::MAX,
			scarce: true,
			expected: &["a survivor who lied elsewhere is outvoted"],
			..array()
		},
		Setting {
			name: "7 clusters, array, panel of 3, two lies about one item",
			clusters: 7,
			lies: &[Claim::Lie, Claim::FalseFailure],
			scarce: true,
			expected: &[
				"all are refuted",
				"few are found and run the whole at once",
				"fewer arbiters are seated so that two are left",
			],
			..array()
		},
		Setting {
			name: "8 clusters, array, a verifier is replaced by two",
			policy: verified(2, 1),
			most_lost: 1,
			expected: &[
				"two of three are left and agree",
				"arbiters show different bytes of what they found",
			],
			..array()
		},
		Setting {
			name: "8 clusters, array, panel of 1, appeals",
			policy: verified(2, 1),
			lies: &[Claim::Lie],
			appeals: true,
			expected: &[
				"an appeal overturns what arbiters found",
				"contradicted, and an appeal finds who was right",
			],
			..array()
		},
		Setting {
			name: "8 clusters, array, panel of 3, appeals",
			appeals: true,
			expected: &[
				"an appeal overturns what arbiters found",
				"an appeal spares an arbiter who was outvoted",
			],
			..array()
		},
		Setting {
			name: "8 clusters, array of one item",
			array: Some(Array::of(1, [0, 0], Truth::Completes)),
			lies: &[Claim::Lie],
			expected: &["a survivor is accepted by a panel", "contradicted"],
			..array()
		},
		Setting {
			name: "8 clusters, array, declared, an item fails",
			engine: CONTAINER,
			truth: Truth::Fails,
			array: Some(Array::of(3, [0, 2], Truth::Fails)),
			expected: &["an honest majority refutes a liar", "a survivor is accepted by a panel"],
			..array()
		},
		Setting {
			name: "8 clusters, array, audited",
			policy: audited(),
			expected: &["spared a check", "a survivor is accepted by a panel"],
			..array()
		},
		Setting {
			name: "5 clusters, array of two subtrees, panel of 1",
			policy: verified(2, 1),
			array: Some(Array::of(130, [128, 129], Truth::Completes)),
			clusters: 5,
			expected: &["subtrees are posted before leaves"],
			..array()
		},
		complained(),
		Setting {
			name: "8 clusters, complaints and appeals",
			clusters: 8,
			most_lost: 0,
			scarce: false,
			appeals: true,
			expected: &[
				"complained and appealed",
				"withheld and overturned",
				"appealed in vain and complained",
			],
			..complained()
		},
	];
	(settings, vec![pair(), audited_pair()])
}

/// What takes minutes.
fn deep() -> (Vec<Setting>, Vec<Pair>) {
	let settings = vec![
		Setting { name: "8 clusters, 2 agree, panel of 3, replacements", clusters: 8, ..five() },
		Setting {
			name: "9 clusters, 3 agree, panel of 3, at most 3 lost",
			policy: verified(3, 3),
			clusters: 9,
			most_lost: 3,
			..five()
		},
		Setting {
			name: "7 clusters, 2 agree, panel of 3, two lies",
			clusters: 7,
			most_lost: 2,
			lies: &[Claim::Lie, Claim::FalseFailure],
			..five()
		},
		Setting {
			name: "10 clusters, 2 agree, appeals, at most 1 lost",
			most_lost: 1,
			..appealed()
		},
		Setting {
			name: "8 clusters, 2 agree, panel of 1, appeals, 2 lost",
			policy: verified(2, 1),
			clusters: 8,
			most_lost: 2,
			..appealed()
		},
		Setting {
			name: "10 clusters, 3 agree, panel of 3, appeals",
			policy: verified(3, 3),
			..appealed()
		},
		Setting {
			name: "10 clusters, audited, appeals, taints, 1 lost",
			most_lost: 1,
			..audited_and_appealed()
		},
		Setting {
			name: "10 clusters, declared, it fails, appeals",
			engine: CONTAINER,
			truth: Truth::Fails,
			..appealed()
		},
	];
	let settings = settings.into_iter().chain(deep_arrays()).chain(deep_complaints()).collect();
	let four = pair().tasks.map(|task| Setting { most_lost: 1, scarce: false, ..task });
	let pairs = vec![Pair {
		name: "2 tasks, 4 clusters, at most 1 lost in each",
		tasks: four,
		clusters: 4,
		..pair()
	}];
	(settings, pairs)
}

fn deep_arrays() -> Vec<Setting> {
	vec![
		Setting {
			name: "9 clusters, array, panel of 3, 1 lost",
			clusters: 9,
			most_lost: 1,
			scarce: true,
			..array()
		},
		Setting {
			name: "11 clusters, array, 3 differ, panel of 3, three lies",
			clusters: 11,
			most_lost: 1,
			lies: &[Claim::Lie, Claim::FalseFailure, Claim::Elsewhere],
			expected: &["two of three are left and agree", "all are refuted"],
			..array()
		},
		Setting {
			name: "8 clusters, array, panel of 1, appeals, two lies",
			policy: verified(2, 1),
			appeals: true,
			expected: &["an appeal overturns what arbiters found"],
			..array()
		},
		Setting {
			name: "10 clusters, array, panel of 3, appeals",
			clusters: 10,
			appeals: true,
			expected: &["an appeal overturns what arbiters found", "upheld", "unheard"],
			..array()
		},
		Setting {
			name: "9 clusters, array of two subtrees, 3 differ",
			array: Some(Array::of(130, [1, 129], Truth::Completes)),
			clusters: 9,
			most_lost: 1,
			expected: &["two of three are left and agree"],
			..array()
		},
	]
}

fn deep_complaints() -> Vec<Setting> {
	vec![
		Setting {
			name: "9 clusters, complaints and appeals",
			clusters: 9,
			most_lost: 0,
			appeals: true,
			expected: &[
				"complained and appealed",
				"withheld and overturned",
				"appealed in vain and complained",
			],
			..complained()
		},
		Setting {
			name: "8 clusters, panel of 3, complaints",
			policy: verified(2, 3),
			clusters: 8,
			..complained()
		},
		Setting {
			name: "8 clusters, audited, appeals, taints, complaints",
			policy: audited(),
			clusters: 8,
			most_lost: 0,
			scarce: false,
			appeals: true,
			expected: &["repaid", "served", "complained and appealed", "tainted"],
			..complained()
		},
		Setting {
			name: "8 clusters, array, complaints",
			policy: verified(2, 1),
			clusters: 8,
			complaints: true,
			expected: &["repaid", "served", "a survivor is accepted by a panel"],
			..array()
		},
	]
}
