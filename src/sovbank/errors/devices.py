"""Refusals of HSMs (PKCS#11 tokens) and of AWS KMS."""

from __future__ import annotations

from sovbank.errors.base import KeyRefused, UsageRefused

_WRITE_PKCS11 = (
    "Write pkcs11:token=LABEL;object=NAME, with serial= or id= where labels repeat (docs/keys.md)."
)


class MalformedPkcs11Uri(KeyRefused):
    """A ``pkcs11:`` URI is not of RFC 7512, or does not name a token and a key."""

    code = "key.malformed-pkcs11-uri"
    default_next_step = _WRITE_PKCS11


class PinInUri(KeyRefused):
    """A ``pkcs11:`` URI carries a PIN, or says where one is; a profile holds no secrets."""

    code = "key.pin-in-uri"
    default_next_step = "Take it out of the URI, change the PIN, and give --pin-file or --pin-fd."


class ModuleMissing(KeyRefused):
    """No PKCS#11 module is named, none is found, or several are found."""

    code = "key.module-missing"
    default_next_step = (
        "Set SOVBANK_PKCS11_MODULE to the library of the HSM's vendor, or end the URI with ?module-path=FILE."
    )


class ModuleUnusable(KeyRefused):
    """The PKCS#11 module cannot be loaded or does not start."""

    code = "key.module-unusable"
    default_next_step = "Check the path, and the configuration that the module's vendor asks for."


class TokenMissing(KeyRefused):
    """No token that is plugged in and set up is the one that the URI names."""

    code = "key.token-missing"
    default_next_step = "Plug the token in, or correct token= and serial= in the key URI; then run it again."


class SeveralTokens(KeyRefused):
    """Several tokens match the URI; which one is meant is not guessed."""

    code = "key.several-tokens"
    default_next_step = "Add serial= to the key URI."


class SeveralKeys(KeyRefused):
    """Several keys match the URI; which one is meant is not guessed."""

    code = "key.several-keys"
    default_next_step = "Add id= to the key URI; `sovbank key list pkcs11:token=LABEL` shows the ids."


class PublicHalfMissing(KeyRefused):
    """The token has the private key but no public key object that belongs to it."""

    code = "key.public-half-missing"
    default_next_step = "Put the public key object, with the same id, on the token again."


class KeyExportable(KeyRefused):
    """The private key is not SENSITIVE, or is EXTRACTABLE: the token would hand it out."""

    code = "key.exportable"
    default_next_step = "Do not use this key. Make one inside the token with `sovbank key generate`."


class KeyCannotSign(KeyRefused):
    """The key is there but is not made for signing, or wants its PIN for every signature."""

    code = "key.cannot-sign"
    default_next_step = "Name a signing key: in a token CKA_SIGN, in KMS the usage SIGN_VERIFY."


class WrongCurve(KeyRefused):
    """The key is neither a secp256k1 key nor an Ed25519 key (in KMS: not ECC_SECG_P256K1)."""

    code = "key.wrong-curve"
    default_next_step = "Name a secp256k1 key, or in a token an Ed25519 key; other curves sign for no ledger."


class WrongPin(KeyRefused):
    """The token refused the PIN. There is one try per command, and none by itself."""

    code = "key.wrong-pin"
    default_next_step = "Run the command again with the right PIN; tokens lock after a few wrong ones."


class PinFinalTry(KeyRefused):
    """One more wrong PIN would lock the token, so none was sent."""

    code = "key.pin-final-try"
    default_next_step = "Log in once with the vendor's tool, which resets the counter; then run this again."


class PinLocked(KeyRefused):
    """The token's PIN is locked, expired or was never set."""

    code = "key.pin-locked"
    default_next_step = "The token's security officer has to set the PIN."


class PinRefused(KeyRefused):
    """A PIN is empty, too long or not text, or the token wants another length."""

    code = "key.pin-refused"
    default_next_step = "Give the PIN as text of 1 to 255 bytes; one final line break is dropped."


class PinUnavailable(UsageRefused):
    """A PIN is needed and there is no terminal to ask on."""

    code = "key.pin-unavailable"
    default_next_step = "Give --pin-file FILE (mode 0600) or --pin-fd N."


class DeviceGone(KeyRefused):
    """The token was taken out, or its session ended, while it was in use."""

    code = "key.device-gone"
    default_next_step = "Plug the token in again and run the same command; nothing was signed twice."


class DeviceFailed(KeyRefused):
    """The token answered with an error that no other rule names."""

    code = "key.device-failed"
    default_next_step = "Try `sovbank key test`; if it fails too, ask the vendor of the HSM."


class KmsNotConfigured(KeyRefused):
    """AWS credentials or a region are missing, incomplete, expired or not accepted."""

    code = "key.kms-not-configured"
    default_next_step = "Log in to AWS (try `aws sts get-caller-identity`), and set AWS_DEFAULT_REGION."


class KmsAccessDenied(KeyRefused):
    """AWS does not allow these credentials to use the key."""

    code = "key.kms-access-denied"
    default_next_step = "Allow kms:DescribeKey, kms:GetPublicKey and kms:Sign on this key (docs/keys.md)."


class KmsKeyDisabled(KeyRefused):
    """The key is disabled, pending deletion or otherwise not in the state Enabled."""

    code = "key.kms-key-disabled"
    default_next_step = "Find out who disabled it and why; an administrator of the key can enable it."


class KmsThrottled(KeyRefused):
    """KMS asked to slow down more often than this program retries."""

    code = "key.kms-throttled"
    default_next_step = "Run the same command again later; nothing was signed twice."


class KmsUnreachable(KeyRefused):
    """KMS cannot be reached, did not answer in time, or is failing."""

    code = "key.kms-unreachable"
    default_next_step = "Check the network, the region and AWS_ENDPOINT_URL; then run the same command again."


class KmsRefused(KeyRefused):
    """KMS refused for a reason that no other rule names."""

    code = "key.kms-refused"
    default_next_step = "Look the AWS error code up in the KMS reference."


class KmsAnswerInvalid(KeyRefused):
    """An answer of KMS is not of its documented form, or is about another key."""

    code = "key.kms-answer-invalid"
    default_next_step = "Check AWS_ENDPOINT_URL: what answers there is not the KMS that holds the key."


class KeyMadeElsewhere(KeyRefused):
    """Keys of this kind are not made by this program."""

    code = "key.made-elsewhere"
    default_next_step = (
        "Make it with `aws kms create-key` as docs/keys.md says, and name its ARN in the profile."
    )
