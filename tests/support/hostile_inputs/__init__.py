"""Inputs made to hurt, or broken, each with the outcome that it must have: what `docs/security.md` is made of."""
