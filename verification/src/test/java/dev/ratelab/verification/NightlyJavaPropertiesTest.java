package dev.ratelab.verification;

import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Tag;

/** Twenty times as many tries, and other ones. */
@Tag("nightly")
@PropertyDefaults(tries = 120_000)
class NightlyJavaPropertiesTest extends JavaPropertiesTest {}
