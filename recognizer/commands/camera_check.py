"""What a look at a camera says to its admin: a part of ``recognizer check``."""

from __future__ import annotations

from recognizer.camera.look import CameraReport
from recognizer.config.configuration import CameraConfig
from recognizer.ops.wording import count_of

_BLIND = {
    "grey": "the picture is of one colour and shows nothing; see that the lens is free and the camera works",
    "torn": "large parts of the picture are damaged; see to the network and the cable",
    "covered": "something covers the lens; uncover it, and see that it is clean and in focus",
}

_LIGHT = {
    "dark": "dark (turn on the light)",
    "dim": "dim light (more would make names surer)",
    "good": "good light",
    "glaring": "glaring light (turn the camera away from the windows, or shorten its exposure)",
}


def describe_look(report: CameraReport, camera: CameraConfig) -> str:
    """Size, frame rate, light and faces, in one line."""
    rate = report.frames_per_second
    parts = [
        f"{report.width} × {report.height}",
        "a single frame" if rate is None else f"{rate:.{0 if rate >= 9.95 else 1}f} frames per second",
        _LIGHT[report.light],
        "faces not looked for" if report.faces is None else f"{count_of(report.faces, 'face')} found",
    ]
    return f"{', '.join(parts)}, from {camera.address}"


def explain_darkness(report: CameraReport, camera: CameraConfig) -> str:
    """Why nothing can be told of this camera now: it is night, or its lens is covered; "" where it is not dark."""
    if report.blind_because != "dark":
        return ""
    return (
        f"{_size_of(report, camera)}: the picture is dark now, and nothing more can be told by it; check again with "
        "the light on, and if it is dark then too, see that the lens is free"
    )


def explain_stillness(report: CameraReport, camera: CameraConfig) -> str:
    """That a live camera may show a picture of an earlier time, and what to do; "" where its pictures differ."""
    if not report.is_still or camera.play != "live":
        return ""
    return (
        f"{_size_of(report, camera)}: the picture stood still while it was looked at; wave at the camera and check "
        "again, and if it stands still then too, restart the camera"
    )


def explain_look(report: CameraReport, camera: CameraConfig) -> str:
    """Why this camera would name nobody as it is, though it is light, and what to do; "" where it would."""
    size = _size_of(report, camera)
    if report.blind_because in _BLIND:
        return f"{size}: {_BLIND[report.blind_because]}"
    if not report.turn:
        return ""
    rotate = (camera.rotate + report.turn) % 360
    advice = f"write rotate = {rotate} for this camera" if rotate else "take this camera's rotate out"
    if not report.faces:
        found = "faces are found only"
    elif report.faces_turned > report.faces:
        found = f"{count_of(report.faces_turned, 'face')} instead of {report.faces} are found"
    else:
        found = "faces are found much more surely"
    return f"{size}: {found} when the picture is turned by {report.turn}°; {advice} in recognizer.toml"


def _size_of(report: CameraReport, camera: CameraConfig) -> str:
    return f"{report.width} × {report.height} from {camera.address}"
