/** The methods that ask and send nothing; of them GET alone takes a file away. */
export const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
