"""Numbers: CSV, OpenMetrics, OpenTelemetry's traces."""
import csv
import io

import pytest
from prometheus_client.openmetrics import parser

KINDS = ["clean", "nested", "likely", "hostile", "markup", "circle"]


def rows(build, *words):
    data = build.view("export", "-f", "csv", *words).stdout.decode()
    assert data.replace("\r\n", "").count("\n") == 0 == data.replace("\r\n", "").count("\r")
    return list(csv.DictReader(io.StringIO(data, newline=""), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_of_csv_add_up_to_the_report(build, made, kind):
    path = made(kind)
    report = build.report(path)
    table = rows(build, path)
    for column in ("executions", "rows", "time_ns", "errors"):
        assert sum(int(row[column]) for row in table) == report["totals"][column]
    assert [row["signature"] for row in table if row["signature"]] and kind != "clean" or not report["findings"]
    assert {row["signature"] for row in table} - {""} == {finding["signature"] for finding in report["findings"]}


def test_no_field_is_a_formula(build, made):
    table = rows(build, made("markup"))
    fields = [field for row in table for field in row.values()]
    assert [field for field in fields if field.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert {"'=1+1", "'@SUM(A1).py", "'-1+1"} <= set(fields)


def families(build, *words):
    return {family.name: family for family in parser.text_string_to_metric_families(build.view("export", "-f", "openmetrics", *words).stdout.decode())}


@pytest.mark.parametrize("kind", KINDS + ["big"])
def test_prometheus_takes_the_counters(build, made, kind):
    path = made(kind, *(["3000"] if kind == "big" else []))
    report = build.report(path)
    found = families(build, path)
    assert sum(sample.value for sample in found["nplus1_executions"].samples) == report["totals"]["executions"]
    assert sum(sample.value for sample in found["nplus1_rows"].samples) == report["totals"]["rows"]
    assert sum(sample.value for sample in found["nplus1_database_seconds"].samples) == pytest.approx(report["totals"]["time_ns"] / 1e9)
    assert sorted(sample.labels["signature"] for sample in found["nplus1_finding_executions"].samples) == sorted(
        finding["signature"] for finding in report["findings"])
    for family in found.values():
        keys = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(keys) == len(set(keys)), f"{family.name} has a series twice"


def test_the_parser_finds_faults(build, made):
    text = build.view("export", "-f", "openmetrics", made("nested")).stdout.decode()
    with pytest.raises(ValueError):
        list(parser.text_string_to_metric_families(text.replace("# EOF\n", "")))


def attributes(of):
    return {pair["key"]: next(iter(pair["value"].values())) for pair in of["attributes"]}


def traces(consumers, path):
    """For each finding the root span and the others, with the attributes of its resource."""
    for resource in consumers.decode_otlp(path).get("resourceSpans", []):
        [scope] = resource["scopeSpans"]
        assert scope["scope"]["name"] == "nplus1"
        [root] = [span for span in scope["spans"] if not span.get("parentSpanId")]
        yield attributes(resource["resource"]), root, [span for span in scope["spans"] if span is not root]


@pytest.mark.parametrize("kind", KINDS)
def test_opentelemetry_decodes_a_trace_for_each_finding(build, consumers, made, exported, kind):
    path = made(kind)
    findings = build.report(path)["findings"]
    found = list(traces(consumers, exported("otlp", path)))
    assert [attributes(root)["nplus1.signature"] for _, root, _ in found] == [finding["signature"] for finding in findings]
    for _, root, spans in found:
        assert {span["traceId"] for span in spans} == {root["traceId"]} and {span["parentSpanId"] for span in spans} == {root["spanId"]}
        assert len(root["traceId"]) == 32 and len({span["spanId"] for span in spans} | {root["spanId"]}) == len(spans) + 1
    assert len({root["traceId"] for _, root, _ in found}) == len(found)


def test_a_trace_is_an_episode_in_the_words_of_the_conventions(consumers, made, exported):
    [(resource, root, spans), _] = traces(consumers, exported("otlp", "--root", "/opt", made("nested")))
    assert resource == {"service.name": "shop", "process.pid": "42"}
    assert attributes(spans[0])["db.query.text"] == "select id, total from orders where customer_id = ?"  # the parent
    assert len(spans) == 15  # and up to 14 for each
    assert attributes(spans[1]) == {"db.system.name": "sqlite", "db.namespace": "/srv/shop.db", "db.operation.name": "select",
                                    "db.query.text": "select id, price from items where order_id = ?", "code.function.name": "load_items",
                                    "code.file.path": "shop/app.py", "code.line.number": "11"}
    assert {span["kind"] for span in spans} in ({3}, {"SPAN_KIND_CLIENT"})
    # End to end, each as long as the average.
    assert [int(span["startTimeUnixNano"]) for span in spans[1:]] == [int(span["endTimeUnixNano"]) for span in spans[:-1]]
    assert int(spans[1]["endTimeUnixNano"]) - int(spans[1]["startTimeUnixNano"]) == 10000
    assert (root["startTimeUnixNano"], root["endTimeUnixNano"]) == (spans[0]["startTimeUnixNano"], spans[-1]["endTimeUnixNano"])
    assert attributes(root)["nplus1.times"].startswith("averages")


def test_a_long_episode_says_how_many_spans_are_left_out(consumers, made, exported):
    long = [(attributes(root), len(spans)) for _, root, spans in traces(consumers, exported("otlp", made("many", "300")))]
    assert all(count == 100 for root, count in long if int(root["nplus1.spans_left_out"]))
    assert max(int(root["nplus1.spans_left_out"]) for root, _ in long) == 309 - 100


def test_the_service_has_the_name_that_is_given(consumers, made, exported):
    path = exported("otlp", made("nested"), OTEL_SERVICE_NAME="front")
    assert {resource["service.name"] for resource, _, _ in traces(consumers, path)} == {"front"}


@pytest.mark.parametrize("form", ["csv", "openmetrics", "otlp"])
def test_names_of_a_megabyte_harm_no_format(build, consumers, made, exported, form):
    path = made("long", "20000" if form == "openmetrics" else "1000000")  # the parser takes minutes for a megabyte
    if form == "otlp":
        assert len(list(traces(consumers, exported("otlp", path)))) == 1
    elif form == "csv":
        csv.field_size_limit(20000000)
        assert len(rows(build, path)) == 2
    else:
        assert families(build, path)["nplus1_statement"].samples
