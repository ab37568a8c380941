import json
import logging
import sys

from app.core.log import JsonLines


def test_a_line_is_json_with_the_event_and_its_facts() -> None:
    record = logging.makeLogRecord(
        {
            "name": "app.access",
            "levelname": "INFO",
            "msg": "request.served",
            "path": "/v1/ask",
            "ms": 1.5,
            "note": "第\n二",
        }
    )
    text = JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert line.pop("at").endswith("+00:00")
    assert (line["level"], line["event"], line["logger"]) == ("info", "request.served", "app.access")
    assert (line["path"], line["ms"], line["note"]) == ("/v1/ask", 1.5, "第\n二")


def test_an_error_keeps_its_traceback_in_one_line() -> None:
    try:
        raise ValueError("inside")
    except ValueError:
        record = logging.makeLogRecord({"msg": "x", "exc_info": sys.exc_info()})
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: inside" in json.loads(text)["error"]
