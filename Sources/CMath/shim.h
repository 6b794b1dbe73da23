#pragma once

// The functions of angles, in radians, and nothing else of the C library: what computes opens no doors.

static inline double math_sine(double angle) { return __builtin_sin(angle); }

static inline double math_cosine(double angle) { return __builtin_cos(angle); }

/// Returns the angle of a point from the x axis.
static inline double math_angle(double y, double x) { return __builtin_atan2(y, x); }
