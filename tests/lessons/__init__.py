"""Tests of `dissect.lessons`."""
