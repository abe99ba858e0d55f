"""What filters read of associations: it holds for each of their exchanges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.negotiation import Proposal
from dissect.filters.exchanges import Bind, Values

USERNAMES = (1, 2)
"""Types of user identity whose primary field is a name, not a secret (PS3.7 D.3.3.7.1)."""


def _of(get: Callable[[Association], Any]) -> Bind:
    """A field of one value, or None."""

    def values(association: Association) -> Values:
        value = get(association)
        return () if value is None else (value,)

    return values


def _request(get: Callable[[Proposal], Any]) -> Bind:
    """A field of the A-ASSOCIATE-RQ."""
    return _of(lambda association: get(association.request) if association.request else None)


def _accept(get: Callable[[Proposal], Any]) -> Bind:
    """A field of the A-ASSOCIATE-AC."""
    return _of(lambda association: get(association.accept) if association.accept else None)


def _contexts(get: Callable[[PresentationContext], Values]) -> Bind:
    """A field of the presentation contexts."""
    return lambda association: [value for context in association.negotiation for value in get(context)]


def _some(value: Any) -> Values:
    return () if value is None else (value,)


def _end(place: int) -> Callable[[str], Bind]:
    """Address (0) or port (1) of the requestor, the acceptor, or both."""

    def of(who: str) -> Bind:
        def values(association: Association) -> Values:
            sides = {
                "requestor": (association.requestor_side,),
                "acceptor": (association.acceptor_side,),
            }.get(who, (association.requestor_side, association.acceptor_side))
            return [association.stream.ends[side][place] for side in sides]

        return values

    return of


def _titles(association: Association) -> Values:
    return [title for title in (association.calling_ae, association.called_ae) if title is not None]


def _application_context(association: Association) -> str | None:
    proposals = (association.request, association.accept)
    return next((each.application_context for each in proposals if each), None)


def _user_name(request: Proposal) -> str | None:
    identity = request.identity
    if identity is None or identity.type not in USERNAMES:
        return None
    return identity.primary.decode("utf-8", "replace")


def _rejected(get: Callable[[int, int, int], Any]) -> Bind:
    return _of(lambda association: get(*association.rejection) if association.rejection else None)


def _aborted(get: Callable[[Association, int, int, int], Any]) -> Bind:
    return _of(lambda association: get(association, *association.abort) if association.abort else None)


number = _of(lambda association: association.index)
start = _of(lambda association: association.start)
end = _of(lambda association: association.end)
duration = _of(lambda association: association.end - association.start)
calling_ae = _of(lambda association: association.calling_ae)
called_ae = _of(lambda association: association.called_ae)
titles: Bind = _titles
address, port = _end(0), _end(1)
outcome = _of(lambda association: association.outcome)
application_context = _of(_application_context)
requested_length = _request(lambda request: request.maximum_length)
accepted_length = _accept(lambda accept: accept.maximum_length)
requestor_class = _request(lambda request: request.class_uid)
acceptor_class = _accept(lambda accept: accept.class_uid)
requestor_version = _request(lambda request: request.version_name)
acceptor_version = _accept(lambda accept: accept.version_name)
identity_type = _request(lambda request: request.identity.type if request.identity else None)
user_name = _request(_user_name)
context_ids = _contexts(lambda context: (context.id,))
abstract_syntaxes = _contexts(lambda context: _some(context.abstract_syntax))
proposed_syntaxes = _contexts(lambda context: context.proposed)
transfer_syntaxes = _contexts(lambda context: _some(context.transfer_syntax))
context_results = _contexts(lambda context: _some(context.result))
rejected = _rejected(lambda result, source, reason: True)
reject_result = _rejected(lambda result, source, reason: result)
reject_source = _rejected(lambda result, source, reason: source)
reject_reason = _rejected(lambda result, source, reason: reason)
reject_text = _rejected(tables.reject_text)
aborted = _aborted(lambda association, side, source, reason: True)
aborted_by = _aborted(lambda association, side, source, reason: association.side_name(side))
abort_source = _aborted(lambda association, side, source, reason: source)
abort_reason = _aborted(lambda association, side, source, reason: reason)
abort_text = _aborted(lambda association, side, source, reason: tables.abort_text(source, reason))
