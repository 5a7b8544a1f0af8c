@NullMarked
package dev.ratelab.verification.service;

import org.jspecify.annotations.NullMarked;
