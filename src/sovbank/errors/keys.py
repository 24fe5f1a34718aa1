"""Refusals of key URIs, keystores, passphrases and signatures."""

from __future__ import annotations

from sovbank.errors.base import KeyRefused, UsageRefused

_RESTORE = "Restore the file from a backup; do not edit it."


class MalformedKeyUri(KeyRefused):
    """The text is not a key URI of a scheme that this program knows."""

    code = "key.malformed-uri"
    default_next_step = "Write keystore:NAME, keystore:/directory/NAME, pkcs11:... or awskms:..."


class NoBackend(KeyRefused):
    """The key URI is of a known scheme for which no backend is installed."""

    code = "key.no-backend"
    default_next_step = "Name a key of an installed backend in the profile, or install one for this scheme."


class NoSuchKey(KeyRefused):
    """The keystore, the token or the key service has no key of that name."""

    code = "key.no-such-key"
    default_next_step = "See the names with `sovbank key list`, or make the key with `sovbank key generate`."


class KeyExists(KeyRefused):
    """A key of that name is there already; a key file is never overwritten."""

    code = "key.exists"
    default_next_step = "Choose another name."


class MalformedKeyName(KeyRefused):
    """The name of a key cannot be a file name in a keystore."""

    code = "key.malformed-name"
    default_next_step = "Use 1 to 64 lower-case letters, digits, and - _ . after the first character."


class KeystoreMissing(KeyRefused):
    """The keystore directory or its header does not exist."""

    code = "key.keystore-missing"
    default_next_step = "Make it with `sovbank key generate NAME`, or name the right directory."


class KeystoreUnsafe(KeyRefused):
    """A file or directory is open to others, is a link, or belongs to somebody else."""

    code = "key.unsafe-permissions"
    default_next_step = "Give it to yourself alone: chmod 0700 for the directory, 0600 for files, no links."


class KeystoreDamaged(KeyRefused):
    """A keystore or key file is not in its one canonical form, or was changed after it was written."""

    code = "key.file-damaged"
    default_next_step = _RESTORE


class KeystoreUnwritable(KeyRefused):
    """A keystore or key file could not be read or written."""

    code = "key.file-unusable"
    default_next_step = "Look at the disk and the directory's permissions, then try again."


class KeystoreCostRefused(KeyRefused):
    """The key-derivation parameters of a keystore are weaker or more costly than this program accepts."""

    code = "key.cost-refused"
    default_next_step = _RESTORE


class WrongPassphrase(KeyRefused):
    """The passphrase does not open the keystore. There is one try per command."""

    code = "key.wrong-passphrase"
    default_next_step = "Run the command again with the right passphrase."


class PassphraseRefused(KeyRefused):
    """A passphrase is empty, too short, too long or not text, or two entries of a new one differ."""

    code = "key.passphrase-refused"
    default_next_step = (
        "Use 8 to 1024 bytes of text without control characters; one final line break is dropped."
    )


class PassphraseUnavailable(UsageRefused):
    """A passphrase is needed and there is no terminal to ask on."""

    code = "key.passphrase-unavailable"
    default_next_step = "Give --passphrase-file FILE (mode 0600) or --passphrase-fd N."


class PayloadRefused(KeyRefused):
    """A key was handed something that its scheme does not sign."""

    code = "key.payload-refused"
    default_next_step = "This is a fault of the program; report it."


class SignatureInvalid(KeyRefused):
    """A signature that a key returned does not verify. It was not stored."""

    code = "key.signature-invalid"
    default_next_step = "Run `sovbank key test NAME`; do not use the key or the device until it passes."


class KeyNotOfAccount(KeyRefused):
    """The key is neither the master nor the regular key of the account it should sign for."""

    code = "key.not-of-account"
    default_next_step = "Correct the officer's key or account in the profile."


class WrongKeyScheme(KeyRefused):
    """The key's scheme cannot sign what it is needed for."""

    code = "key.wrong-scheme"
    default_next_step = "Use a secp256k1 key on the control plane."


class MalformedPublicKey(KeyRefused):
    """The bytes of a public key are no point of its curve."""

    code = "key.malformed-public-key"
    default_next_step = _RESTORE


class KeystoreInProduction(KeyRefused):
    """A key would be made in a file for a production profile."""

    code = "key.keystore-in-production"
    default_next_step = "Make the key inside an HSM or a KMS and name it in the profile by its URI."
