package faulty

import "time"

// commitFault decides what the next commit meets. It draws the same amount of chance whatever it decides, so that a
// scripted fault does not change what comes after it.
func (s *Store) commitFault() (Fault, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	draw, delay := s.random.Float64(), s.delay()
	fault := None
	for _, f := range []struct {
		fault Fault
		odds  float64
	}{
		{RequestLost, s.odds.RequestLost},
		{ReplyLost, s.odds.ReplyLost},
		{Late, s.odds.Late},
		{Throttled, s.odds.Throttled},
		{Conflict, s.odds.Conflict},
		{Duplicate, s.odds.Duplicate},
	} {
		if draw < f.odds {
			fault = f.fault
			break
		}
		draw -= f.odds
	}
	return s.decide(&s.scripted, fault, delay)
}

// readFault decides what the next read meets.
func (s *Store) readFault() (Fault, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := None
	if s.random.Float64() < s.odds.Unreadable {
		fault = Unreadable
	}
	fault, delay := s.decide(&s.reads, fault, s.delay())
	if fault != None && fault != Delay {
		fault = Unreadable
	}
	return fault, delay
}

// decide lets the script, while there is one, replace what chance said, and counts.
func (s *Store) decide(script *[]Fault, fault Fault, delay time.Duration) (Fault, time.Duration) {
	if len(*script) > 0 {
		fault, *script, delay = (*script)[0], (*script)[1:], 0
		if fault == Delay {
			delay = max(s.odds.MaxDelay, 1)
		}
	}
	s.met[fault]++
	if delay > 0 && fault != Delay {
		s.met[Delay]++
	}
	return fault, delay
}

// delay draws one, mostly none.
func (s *Store) delay() time.Duration {
	chance, length := s.random.Float64(), s.random.Float64()
	if chance >= s.odds.Delay {
		return 0
	}
	return max(time.Duration(length*float64(s.odds.MaxDelay)), 1)
}

// few is how many items an unreadable scan yields first.
func (s *Store) few() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.IntN(8)
}
