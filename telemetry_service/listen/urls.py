from django.urls import path

from telemetry_service.listen import api

urlpatterns = [
    path("devices/", api.Devices.as_view()),
    path("devices/<uuid:device_id>/", api.OneDevice.as_view()),
    path("dead-letters/", api.DeadLetters.as_view()),
    path("dead-letters/devices/", api.Speakers.as_view()),
    path("dead-letters/replay/", api.Replay.as_view()),
    path("dead-letters/discard/", api.Discard.as_view()),
    path("dead-letters/<uuid:letter_id>/", api.OneDeadLetter.as_view()),
    path("connections/", api.Connections.as_view()),
]
