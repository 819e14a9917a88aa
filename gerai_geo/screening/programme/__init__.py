"""The programme on the ground: villages, their sites, and how much of them lies in kawasan hutan."""
