#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""trng-evaluate ais31 against every statistic of the known answers: T0 to T8, A and B, T_irn."""
import sys

import known

QUICK = ["aisrand", "aislong", "aisbias", "aisbias3", "aiscorr", "aiscnt"]
# key of the answers: test, figure
BLOCKS = {
    "T1_ones": ("T1", "ones"),
    "T2_sum_of_squares": ("T2", "sum_of_squares"),
    "T3_runs0": ("T3", "runs0"),
    "T3_runs1": ("T3", "runs1"),
    "T4_longest": ("T4", "longest"),
    "T5_first_half_maxdev": ("T5", "max_deviation"),
    "T5_tau0": ("T5", "tau0"),
    "T5_ties": ("T5", "ties"),
    "T5_Z_second": ("T5", "z"),
}
STEPS = {"absdiff": {"T6a": "deviation", "T6b": "difference"}, "p01": "p01", "p11": "p11", "chi2": "chi_square",
         "f": "f", "end_bit": "end_bit", "pass": "pass"}


def by_block(report, run):
    found = {}
    for result in report["tests"]:
        if result["procedure"] == "A" and result["run"] == run:
            found[result["test"], result.get("block", 0)] = result
    return found


def judge_a(judge, where, wanted, t0_pass, found):
    judge.same(f"{where} T0", t0_pass, found["T0", 0]["pass"])
    for key, (test, figure) in BLOCKS.items():
        for block, value in enumerate(wanted[key]):
            judge.same(f"{where} {test} block {block} {figure}", value, found[test, block][figure])
    judge.same(f"{where} T2 x", wanted["T2_X_first"], found["T2", 0]["x"])
    failures = sorted([block, test] for (test, block), result in found.items() if not result["pass"])
    if "n_failures" in wanted:
        judge.same(f"{where} failures", wanted["n_failures"], len(failures))
    listed = [failure for failure in wanted["failures"] if failure != "..."]  # the first 60
    judge.same(f"{where} failing tests", sorted(listed), failures[:len(listed)])


def judge_procedure_a(judge, name, answer, path):
    for width in (1, 2, 8):
        report = known.evaluate("ais31", "--procedure", "A", "--width", width, path)
        where = f"{name} A width {width}"
        judge_a(judge, where, answer["A"][f"w{width}"], answer["A"]["T0_pass"], by_block(report, 1))
        if width == 1:
            verdict = answer["A"].get("verdict_w1_after_retest", answer["A"]["verdict_w1"])
            judge.same(f"{where} verdict", verdict, report["verdict"])
            judge.same(f"{where} runs", 1 + (answer["A"]["verdict_w1"] == "retest"), report["runs"])
    if "A_second_run" in answer:
        second = answer["A_second_run"]
        report = known.evaluate("ais31", "--procedure", "A", "--skip", second["offset_bytes"], path)
        judge_a(judge, f"{name} second A", second["w1"], second["T0_pass"], by_block(report, 1))
        if answer["A"]["verdict_w1"] == "retest":
            report = known.evaluate("ais31", "--procedure", "A", path)
            judge_a(judge, f"{name} repeated A", second["w1"], second["T0_pass"], by_block(report, 2))


def judge_b(judge, where, wanted, report, true_t8=None):
    found = {result["test"]: result for result in report["tests"] if result["run"] == 1}
    for test in ("T6a", "T6b", "T7a", "T7b", "T8"):
        for key, value in {**wanted[test], **(true_t8 or {} if test == "T8" else {})}.items():
            figure = STEPS.get(key)
            figure = figure[test] if isinstance(figure, dict) else figure
            if figure:
                # Differences of shares: the answers carry what subtraction leaves of the 16th digit.
                value = round(value, 9) if key == "absdiff" else value
                have = found[test][figure]
                judge.same(f"{where} {test} {figure}", value, round(have, 9) if key == "absdiff" else have)


def judge_procedure_b(judge, name, answer, path):
    report = known.evaluate("ais31", "--procedure", "B", path)
    judge_b(judge, f"{name} B", answer["B"], report, answer.get("B_T8_true"))
    found = {result["test"]: result for result in report["tests"] if result["run"] == 1}
    for test, ones in answer["B_ones"].items():
        judge.same(f"{name} B {test} ones", ones, found[test]["ones"])
    if "B_T8_true" not in answer:
        failed = [test for test, result in found.items() if not result["pass"]]
        judge.same(f"{name} B failed steps", answer["B_failed_steps"], failed)
        verdict = answer.get("B_verdict_after_retest", answer["B_verdict"])
        judge.same(f"{name} B verdict", verdict, report["verdict"])
    if "B_second_run" in answer:
        second = answer["B_second_run"]
        report = known.evaluate("ais31", "--procedure", "B", "--skip", second["offset_bytes"], path)
        judge_b(judge, f"{name} second B", second, report)


def judge_t_irn(judge, name, wanted, path):
    report = known.evaluate("ais31", "--procedure", "tirn", path)
    found = {result["test"]: result for result in report["tests"] if result["run"] == 1}
    judge.same(f"{name} T_irn T1", wanted["T1"], found["T1"]["ones"])
    judge.same(f"{name} T_irn T2", wanted["T2"], found["T2"]["x"])
    for test in ("T3", "T4"):
        for key, figure in (("C", "c"), ("r", "r"), ("N", "n"), ("P_global", "p_global"),
                            ("P_global'", "p_global_upper"), ("min entropy", "min_entropy")):
            judge.same(f"{name} T_irn {test} {figure}", float(wanted[test][key]), found[test][figure])
    for test, is_passed in wanted["pass"].items():
        judge.same(f"{name} T_irn {test}", is_passed, found[test]["pass"])


def main():
    answers, judge = known.answers("ais31.json"), known.Judge()
    with known.folder() as folder:
        for name in known.choose(answers["data"], QUICK):
            answer = answers["data"][name]
            path = known.make(name, folder, answer["sha256"])
            judge_procedure_a(judge, name, answer, path)
            judge_procedure_b(judge, name, answer, path)
            if name in answers["t_irn_v3"]["results"]:
                judge_t_irn(judge, name, answers["t_irn_v3"]["results"][name], path)
    return judge.finish()


if __name__ == "__main__":
    sys.exit(main())
