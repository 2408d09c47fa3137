"""DeleteObjects under permissions for some of its objects: S3 deletes those, and lists the others as errors.

Source: S3 API Reference, DeleteObjects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from localcloud.authorization.decision import Decision
from localcloud.authorization.messages import denial
from localcloud.protocol.wire import AwsRequest, AwsResponse

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
NOTHING = AwsResponse(
    200, {"content-type": "application/xml"}, f'<DeleteResult xmlns="{NAMESPACE}"></DeleteResult>'.encode()
)
OF_BODY = ("content-length", "content-md5", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm")


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An object that may not be deleted, and why. `version`: empty if the request names none."""

    key: str
    version: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """The rest of a request. `request`: None if nothing may be deleted."""

    request: AwsRequest | None
    refused: Sequence[Refused]

    def answer(self, response: AwsResponse | None) -> AwsResponse:
        """Add the refused objects to a response; one that reports a failure stays."""
        response = response or NOTHING
        if response.status != 200:
            return response
        body = response.body if b"</" in response.body else NOTHING.body  # an element without content
        before, _, end = body.rpartition(b"</")
        added = b"".join(_error(each) for each in self.refused)
        headers = {name: text for name, text in response.headers.items() if name.lower() != "content-length"}
        return replace(response, headers=headers, body=before + added + b"</" + end)


def is_partial(denied: Sequence[Decision]) -> bool:
    """Return whether the rest of DeleteObjects can be done in spite of its denials."""
    return all(each.request.resource.count("/") for each in denied)


def remaining(request: AwsRequest, denied: Sequence[Decision]) -> Remaining:
    """Return DeleteObjects without the objects whose deletion is denied."""
    messages = {(each.request.action, each.request.resource): denial(each) for each in denied}
    bucket = next(each.request.resource for each in denied).partition("/")[0]
    root = ElementTree.fromstring(request.body)  # noqa: S314 - expat of this version expands no bombs
    refused: list[Refused] = []
    for each in [element for element in root if _name(element) == "Object"]:
        given = {_name(part): part.text or "" for part in each}
        action = "s3:DeleteObjectVersion" if "VersionId" in given else "s3:DeleteObject"
        key, version = given.get("Key", ""), given.get("VersionId", "")
        if message := messages.get((action, f"{bucket}/{key}")):
            refused.append(Refused(key=key, version=version, message=message))
            root.remove(each)
    if not any(_name(element) == "Object" for element in root):
        return Remaining(request=None, refused=refused)
    for element in root.iter():  # moto knows the names without a prefix only
        element.tag = _name(element)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    left = replace(request, body=body, headers=_without_digests(request.headers) | {"content-length": str(len(body))})
    return Remaining(request=left, refused=refused)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _without_digests(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out what describes the body as it was sent; it has been checked."""
    return {
        name: text
        for name, text in headers.items()
        if name not in OF_BODY and not name.startswith(("x-amz-checksum-", "x-amz-trailer"))
    }


def _error(refused: Refused) -> bytes:
    error = ElementTree.Element("Error")
    parts = {"Key": refused.key, "VersionId": refused.version, "Code": "AccessDenied", "Message": refused.message}
    for name, value in parts.items():
        if value:
            ElementTree.SubElement(error, name).text = value
    text: bytes = ElementTree.tostring(error, encoding="utf-8")
    return text.partition(b"?>\n")[2] or text
