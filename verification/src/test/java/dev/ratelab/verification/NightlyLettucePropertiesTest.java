package dev.ratelab.verification;

import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Tag;

/** Twenty times as many tries, and other ones. */
@Tag("nightly")
@PropertyDefaults(tries = 20_000)
class NightlyLettucePropertiesTest extends LettucePropertiesTest {}
