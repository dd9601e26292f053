"""What the use cases need of the world, each as small as its caller.

Every port may raise `Transient` (throttled, timed out, unavailable: let the queue try again) and `Permanent` (AWS
refused and will refuse again). Absence is an answer, None, never an error.
"""
