"""A walked data set as a pydicom Dataset, for scripts. Damage costs the damaged elements, nothing else."""

from __future__ import annotations

from pydicom.charset import default_encoding
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from dissect.dicom import tables
from dissect.dicom.dataset import DataSet, Element, Fragment, Scope
from dissect.dicom.values import encodings, value_vr
from dissect.dicom.vrs import REPRESENTATIONS


def to_pydicom(dataset: DataSet) -> Dataset:
    """The elements of `dataset` as pydicom would have read them, each converted when it is first asked for.

    What is cut off keeps the bytes that are there; unread bytes and stray delimiters are left out.
    """
    return _dataset(dataset.elements, dataset.scope)


def _dataset(elements: list[Element], scope: Scope) -> Dataset:
    content: dict[BaseTag, DataElement | RawDataElement] = {}
    for element in elements:
        if not element.unread and element.vr:
            content.setdefault(BaseTag(element.tag), _element(element))
    inherited = list(encodings(scope.parent.character_set())[0]) if scope.parent else default_encoding
    dataset = Dataset(content, parent_encoding=inherited)
    own = list(encodings(scope.character_set())[0])
    dataset.set_original_encoding(scope.implicit, scope.little, own)
    return dataset


def _element(element: Element) -> DataElement | RawDataElement:
    tag, undefined = BaseTag(element.tag), element.closing < element.stop
    if element.items is not None:
        items = [_dataset(item.elements, item.scope) for item in element.items]
        return DataElement(tag, "SQ", Sequence(items), element.value_start, is_undefined_length=undefined)
    value = element.value_span.read()
    if element.fragments is not None:
        value = b"".join(_fragment(fragment) for fragment in element.fragments if not fragment.unread)
    vr: str | None = element.vr if element.vr in REPRESENTATIONS else "UN"
    choice = (tables.dictionary_vr(element.tag) or "").startswith("US or ")
    if not element.explicit and element.creator is None and not choice:
        # pydicom looks it up; but it raises where a choice hangs on an element that is lost, and at the OB_OW
        # of its own table of private elements
        vr = None
    size = REPRESENTATIONS[value_vr(element)].size
    if size:
        value = value[: len(value) - len(value) % size]  # pydicom raises on part of a number
    return RawDataElement(
        tag,
        vr,
        element.length,
        value,
        element.value_start,
        not element.explicit,
        element.scope.little,
        True,
    )


def _fragment(fragment: Fragment) -> bytes:
    """A fragment as an item whose length is that of the bytes that are there."""
    value = fragment.value_span.read()
    return b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value
