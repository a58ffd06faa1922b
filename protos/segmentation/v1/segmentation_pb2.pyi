import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from protos.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SegmentRequest(_message.Message):
    __slots__ = ("image", "overlay", "overlay_opacity", "drivable_area", "min_confidence")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_OPACITY_FIELD_NUMBER: _ClassVar[int]
    DRIVABLE_AREA_FIELD_NUMBER: _ClassVar[int]
    MIN_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    image: _common_pb2.Image
    overlay: bool
    overlay_opacity: float
    drivable_area: bool
    min_confidence: float
    def __init__(self, image: _Optional[_Union[_common_pb2.Image, _Mapping]] = ..., overlay: _Optional[bool] = ..., overlay_opacity: _Optional[float] = ..., drivable_area: _Optional[bool] = ..., min_confidence: _Optional[float] = ...) -> None: ...

class SegmentResponse(_message.Message):
    __slots__ = ("class_map_png", "labels", "shares", "image_width", "image_height", "frame_id", "timing", "captured_at", "overlay_jpeg", "drivable_area")
    CLASS_MAP_PNG_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_WIDTH_FIELD_NUMBER: _ClassVar[int]
    IMAGE_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_JPEG_FIELD_NUMBER: _ClassVar[int]
    DRIVABLE_AREA_FIELD_NUMBER: _ClassVar[int]
    class_map_png: bytes
    labels: _containers.RepeatedScalarFieldContainer[str]
    shares: _containers.RepeatedCompositeFieldContainer[ClassShare]
    image_width: int
    image_height: int
    frame_id: str
    timing: _common_pb2.Timing
    captured_at: _timestamp_pb2.Timestamp
    overlay_jpeg: bytes
    drivable_area: _containers.RepeatedCompositeFieldContainer[Polygon]
    def __init__(self, class_map_png: _Optional[bytes] = ..., labels: _Optional[_Iterable[str]] = ..., shares: _Optional[_Iterable[_Union[ClassShare, _Mapping]]] = ..., image_width: _Optional[int] = ..., image_height: _Optional[int] = ..., frame_id: _Optional[str] = ..., timing: _Optional[_Union[_common_pb2.Timing, _Mapping]] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overlay_jpeg: _Optional[bytes] = ..., drivable_area: _Optional[_Iterable[_Union[Polygon, _Mapping]]] = ...) -> None: ...

class ClassShare(_message.Message):
    __slots__ = ("class_id", "label", "share")
    CLASS_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    class_id: int
    label: str
    share: float
    def __init__(self, class_id: _Optional[int] = ..., label: _Optional[str] = ..., share: _Optional[float] = ...) -> None: ...

class Polygon(_message.Message):
    __slots__ = ("points", "holes", "share")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    HOLES_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    holes: _containers.RepeatedCompositeFieldContainer[Hole]
    share: float
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ..., holes: _Optional[_Iterable[_Union[Hole, _Mapping]]] = ..., share: _Optional[float] = ...) -> None: ...

class Hole(_message.Message):
    __slots__ = ("points",)
    POINTS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ...) -> None: ...

class GetModelInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetModelInfoResponse(_message.Message):
    __slots__ = ("model_info", "classes")
    MODEL_INFO_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    model_info: _common_pb2.ModelInfo
    classes: _containers.RepeatedCompositeFieldContainer[ClassInfo]
    def __init__(self, model_info: _Optional[_Union[_common_pb2.ModelInfo, _Mapping]] = ..., classes: _Optional[_Iterable[_Union[ClassInfo, _Mapping]]] = ...) -> None: ...

class ClassInfo(_message.Message):
    __slots__ = ("class_id", "label", "red", "green", "blue", "drivable")
    CLASS_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RED_FIELD_NUMBER: _ClassVar[int]
    GREEN_FIELD_NUMBER: _ClassVar[int]
    BLUE_FIELD_NUMBER: _ClassVar[int]
    DRIVABLE_FIELD_NUMBER: _ClassVar[int]
    class_id: int
    label: str
    red: int
    green: int
    blue: int
    drivable: bool
    def __init__(self, class_id: _Optional[int] = ..., label: _Optional[str] = ..., red: _Optional[int] = ..., green: _Optional[int] = ..., blue: _Optional[int] = ..., drivable: _Optional[bool] = ...) -> None: ...
