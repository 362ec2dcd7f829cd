#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""trng-evaluate sp800-90b against NIST's tool: every estimator on symbols and bit string, the IID
tests' statistics, restarts, conditioning."""
import sys

import known

QUICK = ["aes1", "corr2", "corr8", "walk8"]
QUICK_IID = ["bias1"]
WIDTH = {"1": 1, "2": 2, "8": 8}

ESTIMATORS = {
    "Most Common Value": "most_common_value",
    "Collision": "collision",
    "Markov": "markov",
    "Compression": "compression",
    "t-Tuple": "t_tuple",
    "LRS": "lrs",
    "MultiMCW": "multi_mcw",
    "Lag": "lag",
    "MultiMMC": "multi_mmc",
    "LZ78Y": "lz78y",
}
FIGURES = {
    "Mode count": "mode_count", "p-hat": "p_hat", "p_u": "p_u", "v": "v", "u": "u", "t": "t",
    "Sum t_i": "sum_t", "X-bar": "mean", "sigma-hat": "sigma", "X-bar'": "mean_lower", "p": "p",
    "P_0": "p_0", "P_1": "p_1", "P_{0,0}": "p_00", "P_{0,1}": "p_01", "P_{1,0}": "p_10", "P_{1,1}": "p_11",
    "p-hat_max": "p_hat_max", "C": "c", "r": "r", "N": "n", "P_global": "p_global",
    "P_global'": "p_global_upper", "P_local": "p_local", "min entropy": "min_entropy",
}
RESTART = {
    "Most Common Value Estimate": "most_common_value",
    "Collision Test Estimate": "collision",
    "Markov Test Estimate": "markov",
    "Compression Test Estimate": "compression",
    "T-Tuple Test Estimate": "t_tuple",
    "LRS Test Estimate": "lrs",
    "Multi Most Common in Window (MultiMCW) Prediction Test Estimate": "multi_mcw",
    "Lag Prediction Test Estimate": "lag",
    "Multi Markov Model with Counting (MultiMMC) Prediction Test Estimate": "multi_mmc",
    "LZ78Y Prediction Test Estimate": "lz78y",
}
STATISTICS = {
    "excursion": "excursion", "numDirectionalRuns": "directional_runs",
    "lenDirectionalRuns": "longest_directional_run", "numIncreasesDecreases": "increases_decreases",
    "numRunsMedian": "median_runs", "lenRunsMedian": "longest_median_run",
    "avgCollision": "average_collision", "maxCollision": "greatest_collision",
    **{f"{kind}({lag})": f"{kind}_{lag}" for kind in ("periodicity", "covariance")
       for lag in (1, 2, 8, 16, 32)},
    "compression": "compression",
}


def width_of(name):
    return WIDTH[name[-1]]


def judge_estimates(judge, where, wanted, numbers, statistics):
    for title, key in ESTIMATORS.items():
        if title not in wanted:
            judge.same(f"{where} {key}", None, numbers[key])
            continue
        for figure, value in wanted[title].items():
            if figure in FIGURES:
                # The answers write whole reals as integers; ours tell which are which.
                have = statistics[key][FIGURES[figure]]
                value = float(value) if isinstance(have, float) else value
                judge.same(f"{where} {key} {figure}", value, have)
        judge.same(f"{where} {key}", float(wanted[title]["min entropy"]), float(numbers[key]))


def judge_non_iid(judge, name, answer, path):
    report = known.evaluate("sp800-90b", "non-iid", "--width", width_of(name), path)
    judge_estimates(judge, f"{name} literal", answer["Literal"], report["literal"],
                    report["statistics"]["literal"])
    if "Bitstring" in answer:
        judge_estimates(judge, f"{name} bitstring", answer["Bitstring"], report["bitstring"],
                        report["statistics"]["bitstring"])
        judge.same(f"{name} h_bitstring", answer["H_bitstring"], report["h_bitstring"])
    judge.same(f"{name} h_original", answer["H_original"], report["h_original"])
    judge.same(f"{name} min_entropy", answer["Assessed min entropy"], report["min_entropy"])
    judge.same(f"{name} samples", answer["samples"], report["samples"])
    judge.same(f"{name} distinct", answer["distinct"], report["distinct"])


def judge_iid(judge, name, answer, path):
    report = known.evaluate("sp800-90b", "iid", "--width", width_of(name), path)
    found = {result["test"]: result for result in report["permutation"]}
    for title, value in answer["perm_unpermuted"].items():
        have = found[STATISTICS[title]]["initial"]
        judge.same(f"{name} {title}", float(value), float(have))
    for title, key in (("Chi square independence", "independence"),
                       ("Chi square goodness of fit", "goodness")):
        for figure, ours in (("T", "chi_square"), ("df", "degrees_of_freedom"), ("P-value", "p_value")):
            judge.same(f"{name} {key} {ours}", float(answer[title][figure]), float(report[key][ours]))
    for figure, ours in (("P_col", "p_col"), ("W", "longest"), ("Pr(X >= 1)", "p_value")):
        judge.same(f"{name} repeated {ours}", float(answer["lrs"][figure]), float(report["repeated"][ours]))
    judge.same(f"{name} h_original", answer["H_original"], report["h_original"])
    judge.same(f"{name} min_entropy", answer["Assessed min entropy"], report["min_entropy"])
    judge.same(f"{name} is_iid", all("Passed" in line for line in answer["verdicts"] if ":" in line),
               report["is_iid"])


def judge_restart(judge, name, answer, path):
    report = known.evaluate("sp800-90b", "restart", "--width", width_of(name), "--initial", answer["H_I"], path)
    for figure in ("alpha", "X_max"):
        judge.same(f"{name} {figure}", answer["sanity"][figure], report["sanity"][figure.lower()])
    # That tool draws five million rows for its critical value, which so varies by one; ours is exact.
    cutoff, drawn = report["sanity"]["x_cutoff"], answer["sanity"]["X_cutoff"]
    judge.same(f"{name} x_cutoff, give or take one", drawn, drawn if abs(cutoff - drawn) <= 1 else cutoff)
    for title, part in (("Rows", "rows"), ("Cols", "columns")):
        for key, value in answer[title].items():
            # These answers have six decimals.
            judge.same(f"{name} {part} {RESTART[key]}", value, round(report[part][RESTART[key]], 6))
    for title, ours in (("H_r", "h_row"), ("H_c", "h_column"), ("min(H_r, H_c, H_I)", "min_entropy")):
        judge.same(f"{name} {ours}", answer[title], round(report[ours], 6))
    judge.same(f"{name} is_valid", "Passed" in answer["verdict"], report["is_valid"])


LONG = {"-v": "--vetted", "-n": "--non-vetted"}


def judge_conditioning(judge, answer):
    words = answer["args"].split()
    report = known.evaluate("sp800-90b", "conditioning", *words)
    where = f"conditioning {answer['args']}"
    judge.same(f"{where}, by its long option", report,
               known.evaluate("sp800-90b", "conditioning", *(LONG.get(word, word) for word in words)))
    judge.same(where, float(answer["h_out"]), float(report["h_out"]))
    if answer["log2_epsilon"]:
        judge.same(f"{where} epsilon", float(answer["log2_epsilon"]), report["log2_epsilon"])


def main():
    answers, judge = known.answers("nist90b.json"), known.Judge()
    with known.folder() as folder:
        for name in known.choose(answers["non_iid"], QUICK):
            answer = answers["non_iid"][name]
            judge_non_iid(judge, name, answer, known.make(name, folder, answer["sha256"]))
        for name in known.choose(answers["iid"], QUICK_IID):
            answer = answers["iid"][name]
            judge_iid(judge, name, answer, known.make(name, folder, answer["sha256"]))
        for name in known.choose(answers["restart"], ["restart8"]):
            answer = answers["restart"][name]
            judge_restart(judge, name, answer, known.make(name, folder, answer["sha256"]))
        for answer in answers["conditioning"]:
            judge_conditioning(judge, answer)
    return judge.finish()


if __name__ == "__main__":
    sys.exit(main())
