import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from protos.common.v1 import common_pb2 as _common_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PredictRequest(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: _common_pb2.Image
    def __init__(self, image: _Optional[_Union[_common_pb2.Image, _Mapping]] = ...) -> None: ...

class PredictResponse(_message.Message):
    __slots__ = ("steering", "frame_id", "timing", "captured_at", "speed_mph", "throttle")
    STEERING_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    SPEED_MPH_FIELD_NUMBER: _ClassVar[int]
    THROTTLE_FIELD_NUMBER: _ClassVar[int]
    steering: float
    frame_id: str
    timing: _common_pb2.Timing
    captured_at: _timestamp_pb2.Timestamp
    speed_mph: float
    throttle: float
    def __init__(self, steering: _Optional[float] = ..., frame_id: _Optional[str] = ..., timing: _Optional[_Union[_common_pb2.Timing, _Mapping]] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., speed_mph: _Optional[float] = ..., throttle: _Optional[float] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: _common_pb2.Image
    def __init__(self, image: _Optional[_Union[_common_pb2.Image, _Mapping]] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("steering", "heat_map_png", "overlay_jpeg", "frame_id", "timing", "captured_at")
    STEERING_FIELD_NUMBER: _ClassVar[int]
    HEAT_MAP_PNG_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_JPEG_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    steering: float
    heat_map_png: bytes
    overlay_jpeg: bytes
    frame_id: str
    timing: _common_pb2.Timing
    captured_at: _timestamp_pb2.Timestamp
    def __init__(self, steering: _Optional[float] = ..., heat_map_png: _Optional[bytes] = ..., overlay_jpeg: _Optional[bytes] = ..., frame_id: _Optional[str] = ..., timing: _Optional[_Union[_common_pb2.Timing, _Mapping]] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetModelInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetModelInfoResponse(_message.Message):
    __slots__ = ("model_info",)
    MODEL_INFO_FIELD_NUMBER: _ClassVar[int]
    model_info: _common_pb2.ModelInfo
    def __init__(self, model_info: _Optional[_Union[_common_pb2.ModelInfo, _Mapping]] = ...) -> None: ...
