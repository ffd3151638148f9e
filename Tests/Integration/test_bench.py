"""The bench's own reading and judging: logs of strace, ratios within a round, targets that are missed, the adapter of files."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / "Bench"), str(TESTS / "System")]

import bench.__main__  # noqa: E402, F401 -- that the command can be begun
from bench import calls, report, standing, targets, tree, waits  # noqa: E402
from bench.cases import Case, Delay, Size  # noqa: E402
from bench.contenders import FLOOR, OPERATOR, OURS  # noqa: E402
from bench.guest import Guest, Taken, Void  # noqa: E402
from bench.results import Calls, Results, Round  # noqa: E402

NODE = "/sys/devices/pci0000:00/0000:01:00.0/sriov/0/node"
LOG = f"""\
100 execve("/usr/bin/sriov-persist", ["sriov-persist"], 0x7ffd /* 20 vars */) = 0
100 openat(AT_FDCWD</>, "/sys/bus/pci/devices/0000:01:00.0/sriov/0/node", O_RDONLY|O_CLOEXEC) = 5<{NODE}>
101 read(5<{NODE}>, "b8:3f:d2:03:00:01:01:00\\n", 4096) = 24
101 read(5<{NODE}>,  <unfinished ...>
100 write(6</sys/bus/pci/drivers/mlx5_core/bind>, "0000:01:00.1", 12) = 12
101 <... read resumed>"", 4096) = 0
101 close(5<{NODE}>) = 0
100 write(1</root/output>, "sriov/0/nodes", 13) = 13
"""
WAITS = """\
7 1000.000000 poll([{fd=3, events=POLLIN}], 1, 1000) = 1 ([{fd=3, revents=POLLIN}]) <0.400000>
7 1000.500000 poll([{fd=3, events=POLLIN}], 1, 1000) = 0 (Timeout) <1.000000>
7 1001.550000 openat(AT_FDCWD, "/sys/class/net", O_RDONLY) = 5 <0.000100>
8 1001.600000 poll([{fd=3, events=POLLIN}], 1, 20) = 0 (Timeout) <0.020000>
8 1001.700000 poll([{fd=3, events=POLLIN}], 1, 1000 <unfinished ...>
7 1002.000000 sendmsg(4, {msg_iov=[{iov_base="READY=1\\nSTATUS=", iov_len=20}]}, MSG_NOSIGNAL) = 20 <0.000100>
8 1002.700000 <... poll resumed>) = 0 (Timeout) <1.000000>
8 1002.800000 sendmsg(4, {msg_iov=[{iov_base="STATUS=", iov_len=7}]}, MSG_NOSIGNAL) = 7 <0.000100>
8 1003.000000 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=100000000}, NULL) = 0 <0.100000>
8 1003.200000 connect(4, {sa_family=AF_UNIX, sun_path="/run/docker.sock"}, 20 <unfinished ...>
"""


def taken(wall: float) -> Taken:
    return Taken(wall, 0.01, 0.01, 20_000)


class LogTests(unittest.TestCase):
    def test_calls_on_attributes_are_told_apart_from_others(self) -> None:
        found = calls.of(LOG)
        self.assertEqual((found.total, found.on_attributes, found.attributes, found.writes_to_sysfs), (7, 4, 1, 1))
        self.assertEqual(found.by_name["read"], 2)

    def test_a_log_without_attributes_is_none(self) -> None:
        self.assertRaises(Void, calls.of, LOG.splitlines()[0])

    def test_a_wait_that_ran_out_before_a_look_is_a_sleep(self) -> None:
        self.assertEqual([(sleep.end, sleep.seconds) for sleep in waits.sleeps(WAITS)], [(1001.5, 1.0), (1003.1, 0.1)])

    def test_a_wait_that_ran_out_before_ready_is_a_sleep(self) -> None:
        slept = "7 1000.000000 poll([{fd=3, events=POLLIN}], 1, 1000) = 0 (Timeout) <1.000000>\n"
        told = '7 1001.100000 sendmsg(4, {msg_iov=[{iov_base="READY=1", iov_len=7}]}, MSG_NOSIGNAL) = 7 <0.000100>\n'
        woken = "7 1001.050000 futex(0x7f00, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000100>\n"
        anew = "7 1001.050000 poll([{fd=3, events=POLLIN}], 1, 1000) = 1 ([{fd=3, revents=POLLIN}]) <0.000100>\n"
        self.assertEqual([len(waits.sleeps(log)) for log in (slept + told, slept + woken + told, slept + anew + told)], [1, 1, 0])

    def test_only_what_ran_out_on_the_way_counts(self) -> None:
        self.assertEqual([sleep.end for sleep in waits.sleeps(WAITS, 1001, waits.ready(WAITS))], [1001.5])


class JudgementTests(unittest.TestCase):
    case = Case(Size(2, 16), Delay(0, 500), serialised=False)
    slow = Case(Size(2, 16), Delay(0, 500), serialised=True)

    def results(self, ours: float) -> Results:
        alone = {"ours": {"0000:01:00.0": taken(1.0), "0000:02:00.0": taken(2.0)}}
        times = {"ours": taken(ours), "floor": taken(2.0), "operator": taken(4.0)}
        return Results(rounds=[Round(self.case, times, alone), Round(self.slow, times)])

    def verdicts(self, ours: float) -> dict[tuple[str, str], bool]:
        return {(verdict.target, verdict.where): verdict.is_reached for verdict in targets.of(self.results(ours))}

    def test_targets_are_reached(self) -> None:
        verdicts = self.verdicts(2.05)
        self.assertEqual(len(verdicts), 4)
        self.assertTrue(all(verdicts.values()), verdicts)

    def test_each_target_of_the_matrix_can_be_missed(self) -> None:
        self.assertFalse(any(self.verdicts(2.4).values()))

    def test_our_own_share_is_scaled_by_what_a_start_takes(self) -> None:
        at_once = Case(Size(2, 16), Delay(0, 0), serialised=False)
        for ours, is_reached in (1.6, True), (2.0, False):
            results = Results(rounds=[Round(at_once, {"ours": taken(ours), "floor": taken(1.0)})])
            results.others = {"--version, 2x16 in the virtual machine": taken(0.25), f"--version, {standing.WHERE}": taken(0.01)}
            (verdict,) = targets.of(results)
            self.assertEqual(targets.not_judged(results), [])
            self.assertAlmostEqual(verdict.figure, (ours - 1) / 25 * 1000)
            self.assertEqual((verdict.limit, verdict.is_reached), (10 * 2 + 0.2 * 32, is_reached))

    def test_our_own_share_is_not_left_out_silently(self) -> None:
        at_once = Case(Size(2, 16), Delay(0, 0), serialised=False)
        results = Results(rounds=[Round(at_once, {"ours": taken(1.6), "floor": taken(1.0)})])
        self.assertEqual((len(targets.not_judged(results)), targets.of(results)), (1, []))

    def test_each_other_target_can_be_missed(self) -> None:
        for more, is_reached in (0, True), (1, False):
            results = Results(calls={"files": Calls(100, 3 * 7 + more, 7, more, {})},
                              others={f"no-op, {standing.WHERE}": Taken(1, 0.03 + more, 0, 1)},
                              figures={"sleeps over 50 ms from ACTIVE to READY": more, "s of something": 9})
            verdicts = list(targets.of(results))
            self.assertEqual([verdict.is_reached for verdict in verdicts], [is_reached] * 4, verdicts)

    def test_the_slowest_alone_is_no_outlier(self) -> None:
        rounds = [Round(self.case, {"ours": taken(2.0)}, {"ours": {"a": taken(one), "b": taken(other)}})
                  for one, other in ((2.0, 1.0), (2.0, 9.0), (2.0, 1.0))]
        self.assertEqual(Results(rounds=rounds).together(self.case, "ours"), 1.0)
        self.assertIsNone(Results(rounds=rounds).together(self.case, "floor"))

    def test_ratios_are_those_within_a_round(self) -> None:
        rounds = [Round(self.case, {"ours": taken(ours), "floor": taken(floor)}) for ours, floor in ((2, 1), (30, 20), (3, 2))]
        self.assertEqual(Results(rounds=rounds).ratio(self.case, "ours", "floor"), 1.5)

    def test_the_document_has_each_run(self) -> None:
        results = self.results(2.4)
        document = json.loads(report.document(results))
        self.assertEqual([round["taken"]["ours"]["wall"] for round in document["rounds"]], [2.4, 2.4])
        self.assertIn("MISSED", report.page(results))
        self.assertIn("| 2x16 | 0/500 | serialised |", report.page(results))


class CheckTests(unittest.TestCase):
    wanted = ["0000:01:00.0 1 1", "0000:01:00.0 0 b8::1 b8::2 Follow mlx5_core b8:1 fe80::b8:2"]

    def guest(self, *found: str) -> Guest:
        """One that says this of its VFs."""
        guest = Guest.__new__(Guest)
        guest.wanted = [line.split() for line in self.wanted]
        guest.state = lambda: [line.split() for line in found]  # type: ignore[method-assign]
        return guest

    def test_who_did_all_of_it_counts(self) -> None:
        for contender in OURS, OPERATOR, FLOOR:
            self.guest(*self.wanted).check(contender)

    def test_who_sets_no_policy_is_not_asked_for_it(self) -> None:
        guest = self.guest(self.wanted[0], self.wanted[1].replace("Follow", "Down"))
        guest.check(OPERATOR)
        self.assertRaises(Void, guest.check, OURS)

    def test_a_vf_without_its_driver_counts_for_nobody(self) -> None:
        guest = self.guest(self.wanted[0], self.wanted[1].replace("mlx5_core", "-"))
        for contender in OURS, OPERATOR, FLOOR:
            self.assertRaises(Void, guest.check, contender)

    def test_a_vf_too_few_counts_for_nobody(self) -> None:
        self.assertRaises(Void, self.guest("0000:01:00.0 0 1").check, FLOOR)


class TreeTests(unittest.TestCase):
    def test_vfs_are_where_the_kernel_has_them(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            sys_folder = Path(folder)
            tree.make(sys_folder, 2, 9)
            pf = sys_folder / "bus/pci/devices/0000:b2:00.0"
            self.assertEqual((pf / "virtfn8").resolve().name, "0000:b2:01.1")
            self.assertEqual((pf / "virtfn8/physfn").resolve(), pf.resolve())
            self.assertEqual(len(list((sys_folder / "bus/pci/drivers/mlx5_core").iterdir())), 2 * (1 + 9))


if __name__ == "__main__":
    unittest.main()
