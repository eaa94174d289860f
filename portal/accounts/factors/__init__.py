"""What a person signs in with beside the password: an authenticator app, passkeys, recovery codes for a lost device."""
