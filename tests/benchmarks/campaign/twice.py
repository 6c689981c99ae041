"""What must never be: an attempt that began after one of the same hour whose answer said that it is there."""

TWICE = """
SELECT count(*) FROM submission_attempt later
 WHERE EXISTS (SELECT FROM submission_attempt earlier
                WHERE earlier.submission_id = later.submission_id AND earlier.number < later.number
                  AND earlier.meaning IN ('accepted', 'duplicate', 'accepted_without_voucher',
                                          'duplicate_without_voucher', 'refused_in_doubt', 'voucher_of_another'))
"""
