# SPDX-License-Identifier: BSD-2-Clause
# Turns each line of a template into a string of C.
s/[\"]/\\&/g
s/.*/"&",/
