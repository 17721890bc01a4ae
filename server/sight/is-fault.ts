/** Whether an answer's status says that something is wrong here: 501 says that what was asked for is not served. */
export const isFault = (status: number): boolean => status >= 500 && status !== 501
