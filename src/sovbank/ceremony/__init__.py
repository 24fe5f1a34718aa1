"""The ceremony bundle: what officers on several machines pass around, look at, sign and combine.

Pure functions over bytes and frozen records: no network, no keys, no clock. Roles as with PSBT: ``create``,
``reading`` (inspect), ``signing``, ``combine``, ``finalise``. The format is described in docs/bundle.md. The
modules are imported one by one, because the codec alone costs half a second of start-up.
"""
