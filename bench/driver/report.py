"""The readable table of a run. A bar is DESIGN §9's; figures of --quick are not for comparing with it."""
import math

from engine import BARS, QUESTIONS, THREADS


def lines(results: dict) -> list[tuple[str, str, str, str]]:
    out = [("what", "measured", "bar", "remark")]
    for row in results.get("ingest", []):
        out += ingest(row)
    for row in results.get("latency", []):
        out += latency(row)
    if "engine" in results:
        out += engine(results["engine"])
    if "costly" in results:
        out += costly(results["costly"])
    for row in results.get("import", []):
        out += importing(row)
    if "people" in results:
        out += people(results["people"])
    return out


def disk_text(disk: dict) -> str:
    return f"disk: fdatasync of 64 KiB p50 {disk['p50_ms']:.2f}, p99 {disk['p99_ms']:.2f} ms"


def usage_text(usage: dict) -> str:
    threads = ", ".join(f"{name} {value:.1f}" for name, value in list(usage["server_threads"].items())[:5])
    return f"server CPU s: {threads}; others used {usage['others_share']:.0%}, stolen {usage['stolen_share']:.0%}"


def ingest(r: dict) -> list[tuple]:
    name = f"ingest, {r['connections']} connections"
    drain = f"{r['drain_per_second']:,.0f} events/s" if r["drain_per_second"] else "was not behind"
    return [
        (name, f"{r['events_per_second']:,.0f} events/s", "≥ 500,000", disk_text(r["disk"])),
        ("  acknowledged after", f"p50 {r['ack_p50_ms']:.1f}, p99 {r['ack_p99_ms']:.1f} ms", "p99 ≤ 25 ms",
         f"batches of 100 × {r['event_bytes']:.0f} B; {refusals(r)}; generator CPU {r['generator_cpu_seconds']:.1f} s"),
        ("  folded, first event to last fold", f"{r['folded_per_second']:,.0f} events/s", "≥ 150,000",
         f"{r['lag_at_end']:,} behind when sending ended; then {drain}"),
        ("  server memory", f"{r['rss_peak_mib']:.0f} MiB", "", f"idle {r['rss_idle_mib']:.0f} MiB (bar 100)"),
        ("  while sending", "", "", usage_text(r["load_usage"])),
        ("  while catching up", "", "", usage_text(r["drain_usage"]))]


def refusals(r: dict) -> str:
    return f"429: {r['refused_429']}, first after {r['seconds']:.1f} s" if r["refused_429"] else "429: none"


def latency(r: dict) -> list[tuple]:
    beside = f"beside {r['background_reached']:,.0f} events/s" if "background_reached" in r else "idle"
    return [(f"event → vendor, {beside}", f"p50 {r['p50_ms']:.1f}, p99 {r['p99_ms']:.1f} ms", "p99 ≤ 1 s",
             disk_text(r["disk"])),
            ("  its acknowledgement", f"p50 {r['ack_p50_ms']:.1f}, p99 {r['ack_p99_ms']:.1f} ms", "",
             f"{r['events']} events; folds {r['lag_after_last_event']:,} behind at the end; sent twice: {r['duplicates']}")]


def costly(r: dict) -> list[tuple]:
    p99 = {name: r[name]["ack_p99_ms"] for name in ("alone", "beside", "again")}
    answers = ", ".join(f"{n} {what}" for what, n in sorted(r["answers"].items()))
    slowest = "none ran long enough" if r["kill_seconds_max"] is None else f"{r['kill_seconds_max']:.2f} s at most"
    stopped = sum(k["seconds"] is not None for k in r["kills"])
    return [
        (f"ingest, {r['rate']:,} events/s, beside 20 costly questions", f"p99 {p99['beside']:.1f} ms",
         f"≤ {2 * p99['alone']:.1f} ms", f"alone {p99['alone']:.1f} before, {p99['again']:.1f} after; {r['events']:,} records held; "
         f"questions: {answers}; folds {r['fold_lag']:,} behind"),
        ("  a costly question, from its cancellation to its end", slowest, "≤ 5 s", f"{stopped} of 20 were still running when cancelled")]


def importing(r: dict) -> list[tuple]:
    threads = ", ".join(f"{name} {value:.1f}" for name, value in list(r["server_threads"].items())[:6])
    return [
        (f"weir import, {r['way']}, {r['rows']:,} rows of CSV", f"{r['rows_per_second']:,.0f} rows/s",
         "≥ 800,000" if r["way"] == "chunks" else "", f"until a question sees the last one; {disk_text(r['disk'])}"),
        ("  memory", f"server {r['server_rss_mib']:.0f} MiB", "",
         f"idle {r['server_rss_idle_mib']:.0f}; weir import {r['client_rss_mib']:.0f} MiB"),
        ("  bytes a row", f"log {r['log_bytes_per_row']:.1f}, store {r['store_bytes_per_row']:.1f}", "",
         f"CSV {r['csv_bytes'] / r['rows']:.1f}; state {r['state_bytes_per_row']:.1f}"),
        ("  processor s", f"server {r['server_cpu_seconds']:.1f}, client {r['client_cpu_seconds']:.1f}", "",
         f"{threads}; others used {r['others_share']:.0%}")]


def people(r: dict) -> list[tuple]:
    profiles, events, memory, n = r["import_profiles"], r["import_events"], r["memory_mib"], r["people"]
    ms = lambda p: f"p50 {p['p50_ms']:.1f}, p95 {p['p95_ms']:.1f}, p99 {p['p99_ms']:.1f} ms"
    each = lambda a, b: f"{(memory[a] - memory[b]) * 2**20 / n:,.0f}"
    out = [
        (f"people: {n:,} profiles, 3 identities, {r['traits']} traits", f"{profiles['rows_per_second']:,.0f} profiles/s", "",
         f"{3 * profiles['rows_per_second']:,.0f} identities/s; then {events['rows']:,} events at {events['rows_per_second']:,.0f}/s"),
        ("  look-up by an identity, over HTTP", ms(r["lookup"]), "", ""),
        ("  10 tags, 200 segments: everybody looked at", f"{r['define_tags']['seconds']:.0f} + {r['define_segments']['seconds']:.0f} s", "",
         f"processor time of the folds {r['define_tags']['folds_cpu_seconds']:.0f} + {r['define_segments']['folds_cpu_seconds']:.0f} s"),
        ("  preview, general", ms(r["preview"]["general"]), "p95 ≤ 1 s", f"columns cold: {ms(r['preview_first']['general'])}"),
        ("  preview, traits and tags alone", ms(r["preview"]["algebra"]), "p95 ≤ 100 ms", f"columns cold: {ms(r['preview_first']['algebra'])}"),
        ("  acknowledged → in the segment", ms(r["membership"]), "≤ 1 s", "200 segments live"),
        ("  memory of a person", f"{each('restarted', 'idle')} B", "≤ 600 B",
         f"profile {each('profiles', 'idle')}, events {each('events', 'profiles')}, tags {each('tags', 'events')}, segments "
         f"{each('segments', 'tags')}; after a restart in all"),
        ("  restart", f"{r['restart']['ready_seconds']:.1f} s", "", f"stop {r['restart']['stop_seconds']:.1f} s; after a kill "
         f"{r['restart']['killed_ready_seconds']:.1f} s; others used {r['others_share']:.0%}")]
    for row in r["ingest"]:
        out.append((f"  ingest, {row['segments']} segments", f"{row['folded_per_second']:,.0f} events/s", "",
                    f"folds {row['folds_cpu_us_an_event']:.2f} µs of processor time an event, {row['facts_an_event']:.2f} facts; acknowledged "
                    f"{row['acknowledged_per_second']:,.0f}/s, p99 {row['ack_p99_ms']:.1f} ms"))
    out.append(("  200 segments counted in one pass each", f"{r['all_previews_seconds']:.1f} s", "", f"live counts: {r['live_is_preview']}"))
    for name, rival in r["rivals"].items():
        out.append((f"  the same as SQL, {name}", f"{rival['warm_seconds']:.1f} s", "", f"{rival['answered']} answered, warm; counts "
                    f"{'DIFFER: ' + '; '.join(rival['differ']) if rival['differ'] else 'same'}"))
    return out


def engine(r: dict) -> list[tuple]:
    rivals = [name for name in r["queries"] if name != "weir"]
    load = r["load"]
    beside = "; ".join(f"{n} {load[n]['bytes_per_event']:.1f} (by event: {load[n]['bytes_per_event_second_order']:.1f})" for n in rivals)
    out = [(f"engine: {r['events']:,} events on disk", f"{load['weir']['bytes_per_event']:.1f} B/event", "≤ 7", beside)]
    beside = "; ".join(f"{n} {load[n]['rows_per_second']:,.0f} (from CSV)" for n in rivals)
    out.append(("  load, memory to merged parts", f"{load['weir']['rows_per_second']:,.0f} rows/s", "≥ 1,500,000", beside))
    for threads in THREADS:
        for question, text in QUESTIONS.items():
            own = r["queries"]["weir"][threads][question]["median_ms"]
            times = {n: r["queries"][n][threads][question]["median_ms"] for n in rivals}
            beside = "; ".join(f"{n} {ms:.1f} ms = {ms / own:.1f} ×" for n, ms in times.items())
            bar = f"≥ {BARS[question]} × ClickHouse" if threads == 2 and question in BARS else ""
            out.append((f"  {text}, {threads} thread{'s'[:threads - 1]}", f"{own:.1f} ms", bar, beside))
        out += [(f"  geometric mean of {len(BARS)}, {threads} thread{'s'[:threads - 1]}", "", "", "; ".join(
            f"{n} {geometric_mean(r, n, threads):.1f} ×" for n in rivals))]
    out.append(("  cold: open, then the first question", f"{r['open']['seconds']:.2f} s, {first_question(r):.0f} ms", "≤ 5 s", ""))
    out.append(("  resident while asked", f"{r['memory']['resident_mib']:,.0f} MiB", "≤ 4 GiB", ""))
    out.append(("  others used meanwhile", "", "", ", ".join(f"{k} threads {v:.0%}" for k, v in r["others_share"].items())))
    timeline = r["timeline"]
    out.append(("  timeline of one person", f"p50 {timeline['p50_ms']:.3f}, p99 {timeline['p99_ms']:.3f} ms", "p99 ≤ 1 ms", ""))
    bad = [f"{q} {n}: {v}" for q, verdicts in r["answers"].items() for n, v in verdicts.items() if "DIFFER" in v]
    counts = ", ".join(f"{q} {verdicts['weir']}" for q, verdicts in r["answers"].items())
    out.append(("  answers, row by row", "DIFFER" if bad else "same", "", "; ".join(bad) or f"{' = '.join(r['queries'])}: {counts}"))
    return out


def first_question(r: dict) -> float:
    return r["queries"]["weir"][THREADS[-1]][next(iter(QUESTIONS))]["first_ms"]


def geometric_mean(r: dict, rival: str, threads: int) -> float:
    """Of how many times as long the rival takes."""
    own, other = r["queries"]["weir"][threads], r["queries"][rival][threads]
    return math.exp(sum(math.log(other[q]["median_ms"] / own[q]["median_ms"]) for q in BARS) / len(BARS))


def text(results: dict) -> str:
    m = results["machine"]
    head = (f"{results['date']}  commit {m['commit']}  {m['cores']} cores {m['cpu']}, {m['memory_gib']} GiB, "
            f"load average at the start {m['load_average']:.1f}{'  --quick' if results['quick'] else ''}")
    table = lines(results)
    widths = [max(len(row[i]) for row in table) for i in range(3)]
    body = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]).rstrip() for row in table]
    return "\n".join([head, "", *body])
