"""The words of Kedge as types: pure data, no AWS, no clock, no logging."""
