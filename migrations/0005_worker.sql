-- What the worker looks for every few seconds: silent payments, and the jobs of one subject.

CREATE INDEX payment_attempt_silent ON payment_attempt (updated_at) WHERE state IN ('created', 'pending', 'unknown');
CREATE INDEX job_subject ON job (subject_id, created_at, id) WHERE state = 'waiting';
