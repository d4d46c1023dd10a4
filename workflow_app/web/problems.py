"""RFC 9457 problem documents, and what each HTTP status is called."""

from typing import Any

from flask import Response, json
from flask_babel import lazy_gettext as _l

#: HTTP status -> stable code for programs, heading, sentence.
ERRORS: dict[int, tuple[str, Any, Any]] = {
    400: ("bad_request", _l("请求有误"), _l("服务器读不懂这个请求，请返回后重试。")),
    401: ("unauthorized", _l("请先登录"), _l("登录已过期或尚未登录。")),
    403: ("forbidden", _l("没有权限"), _l("您没有做这件事的权限。")),
    404: ("not_found", _l("没有找到"), _l("页面不存在，或者您无权查看。")),
    405: ("method_not_allowed", _l("不支持的操作"), _l("这个地址不支持这种操作。")),
    406: ("not_acceptable", _l("无法提供"), _l("没有您要的格式。")),
    409: ("conflict", _l("有冲突"), _l("内容已被他人更新，请刷新后再试。")),
    412: ("precondition_failed", _l("有冲突"), _l("内容已被他人更新，请刷新后再试。")),
    413: ("too_large", _l("内容过大"), _l("提交的内容太多，请分几次保存。")),
    415: ("unsupported_media_type", _l("格式不支持"), _l("服务器不接受这种格式的内容。")),
    422: ("bad_input", _l("内容有误"), _l("提交的内容有误，请检查后重试。")),
    428: ("precondition_required", _l("缺少条件"), _l("请求里没有说明所依据的版本。")),
    429: ("too_many_requests", _l("操作过于频繁"), _l("请稍候片刻再试。")),
    500: ("internal_error", _l("服务器出错"), _l("服务器遇到问题，您的操作可能没有完成，请刷新查看后再试。")),
    503: ("unavailable", _l("暂时无法服务"), _l("服务暂时不可用，请稍后再试。")),
}


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """An RFC 9457 problem document. ``code`` is stable; ``more`` adds members such as ``errors``."""
    title = str(ERRORS[status][1]) if status in ERRORS else code
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return Response(json.dumps(body), status, content_type="application/problem+json")
